import type { Refusal } from './machine.ts'

const nameChars = 128

/**
 * Whether a process may be the worker that it says it is: null, or why not. A name belongs to the key that came with it first,
 * as nobody can prove that two keys are one worker's.
 */
export function decideAdmission(workerId: string, publicKey: string, holder: string | undefined): Refusal | null {
  if (workerId === '' || workerId.length > nameChars || !isPrintable(workerId)) {
    return { reason: `its name isn't one: 1 to ${nameChars} printable characters`, claimed: null }
  }
  if (holder === undefined || holder === publicKey) return null
  return {
    reason: `it calls itself '${workerId}', which is registered under another key; terminate that worker if this one replaces it`,
    claimed: workerId,
  }
}

function isPrintable(text: string): boolean {
  return !/\p{C}/u.test(text)
}
