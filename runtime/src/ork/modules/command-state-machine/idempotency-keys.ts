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

interface Known {
  readonly commandId: string
  readonly fingerprint: string
  /** What the command's caller gets; null when it is on disk. */
  accepting: Promise<Submitted> | null
}

/** Idempotency keys of the commands that are known. A key belongs to its caller: two callers may use the same. */
export class IdempotencyKeys {
  readonly #known = new Map<string, Known>()
  readonly #placeOf = new Map<string, string>()

  /** A command that is on disk. */
  add({ commandId, caller, idempotencyKey, fingerprint }: Keyed): Known {
    const place = placeOf(caller, idempotencyKey)
    const known: Known = { commandId, fingerprint, accepting: null }
    this.#known.set(place, known)
    this.#placeOf.set(commandId, place)
    return known
  }

  /** A command on its way there. One that is rejected hasn't happened, and its key is free again. */
  addAccepting(keyed: Keyed, accepting: Promise<Submitted>): void {
    const known = this.add(keyed)
    known.accepting = accepting
    void accepting.then(({ kind }) => {
      known.accepting = null
      if (kind === 'rejected') this.forget(keyed.commandId)
    })
  }

  /** What to answer to a command with this key; null if there was none. */
  recall(caller: string, idempotencyKey: string, content: string): Promise<Submitted> | null {
    const known = this.#known.get(placeOf(caller, idempotencyKey))
    if (known === undefined) return null
    const { commandId, fingerprint, accepting } = known
    if (fingerprintOf(commandId, content) === fingerprint)
      return accepting ?? Promise.resolve({ kind: 'queued', commandId })
    return Promise.resolve({ kind: 'rejected', error: 'ERR_IDEMPOTENCY_KEY_REUSED' })
  }

  forget(commandId: string): void {
    const place = this.#placeOf.get(commandId)
    if (place === undefined) return
    this.#placeOf.delete(commandId)
    this.#known.delete(place)
  }
}

function placeOf(caller: string, idempotencyKey: string): string {
  return `${caller}\n${idempotencyKey}`
}
