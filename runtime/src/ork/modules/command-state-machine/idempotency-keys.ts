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

/** A command that is known by its key. */
export interface Known extends Keyed {
  /** What the command's caller gets; null when it is on disk. */
  accepting: Promise<Submitted> | null
}

/** Idempotency keys of the commands that are known. A key belongs to its caller: two callers may use the same. */
export class IdempotencyKeys {
  /** By caller and key. */
  readonly #known = new Map<string, Map<string, Known>>()

  /** A command that is on disk. */
  add({ commandId, caller, idempotencyKey, fingerprint }: Keyed): Known {
    const known: Known = { commandId, caller, idempotencyKey, fingerprint, accepting: null }
    const ofCaller = this.#known.get(caller)
    if (ofCaller === undefined) this.#known.set(caller, new Map([[idempotencyKey, known]]))
    else ofCaller.set(idempotencyKey, known)
    return known
  }

  /** A command on its way there. One that is rejected hasn't happened, and its key is free again. */
  addAccepting(keyed: Keyed, accepting: Promise<Submitted>): void {
    const known = this.add(keyed)
    known.accepting = accepting
    void accepting.then(({ kind }) => {
      known.accepting = null
      if (kind === 'rejected') this.forget(known)
    })
  }

  find({ caller, idempotencyKey }: Pick<Keyed, 'caller' | 'idempotencyKey'>): Known | undefined {
    return this.#known.get(caller)?.get(idempotencyKey)
  }

  /** What to answer to a command with this key; null if there was none. */
  recall(caller: string, idempotencyKey: string, content: string): Promise<Submitted> | null {
    const known = this.find({ caller, idempotencyKey })
    if (known === undefined) return null
    const { commandId, fingerprint, accepting } = known
    if (fingerprintOf(commandId, content) !== fingerprint) {
      return Promise.resolve({ kind: 'rejected', error: 'ERR_IDEMPOTENCY_KEY_REUSED' })
    }
    return accepting ?? Promise.resolve({ kind: 'queued', commandId })
  }

  /** The key is free again, unless a later command has it by now. */
  forget(known: Known): void {
    const { caller, idempotencyKey } = known
    const ofCaller = this.#known.get(caller)
    if (ofCaller?.get(idempotencyKey) !== known) return
    ofCaller.delete(idempotencyKey)
    if (ofCaller.size === 0) this.#known.delete(caller)
  }
}
