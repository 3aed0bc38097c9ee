import { createHash } from 'node:crypto'
import type { Submitted } from '../../ports/command-intake.ts'

/**
 * A mark of what a command says, by which a repeat is known to be one. Salted with the command's id, since passwords may be in it:
 * equal ones don't show.
 */
export function fingerprintOf(commandId: string, content: string): string {
  return createHash('sha256').update(`${commandId}\n${content}`).digest('base64url')
}

/** A command that was sent with a key. */
export interface Keyed {
  readonly commandId: string
  readonly caller: string
  readonly idempotencyKey: string
  readonly fingerprint: string
}

interface Known extends Keyed {
  readonly answer: Promise<Submitted>
}

/** Idempotency keys of the commands that are known. A key belongs to its caller: two callers may use the same. */
export class IdempotencyKeys {
  readonly #known = new Map<string, Known>()
  readonly #keyOf = new Map<string, string>()

  /** `answer` is what the command's caller gets; a rejected one hasn't happened, and its key is free again. */
  add(keyed: Keyed, answer: Promise<Submitted>): void {
    const key = placeOf(keyed.caller, keyed.idempotencyKey)
    this.#known.set(key, { ...keyed, answer })
    this.#keyOf.set(keyed.commandId, key)
    void answer.then(({ kind }) => kind === 'rejected' && this.forget(keyed.commandId))
  }

  /** What to answer to a command with this key; null if there was none. */
  recall(caller: string, idempotencyKey: string, content: string): Promise<Submitted> | null {
    const known = this.#known.get(placeOf(caller, idempotencyKey))
    if (known === undefined) return null
    if (fingerprintOf(known.commandId, content) === known.fingerprint) return known.answer
    return Promise.resolve({ kind: 'rejected', error: 'ERR_IDEMPOTENCY_KEY_REUSED' })
  }

  forget(commandId: string): void {
    const key = this.#keyOf.get(commandId)
    if (key === undefined) return
    this.#keyOf.delete(commandId)
    this.#known.delete(key)
  }
}

function placeOf(caller: string, idempotencyKey: string): string {
  return `${caller}\n${idempotencyKey}`
}
