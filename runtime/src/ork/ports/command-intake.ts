import type { CommandScope, Params } from '../../protocol/payloads.ts'

/** What a client sent, as it came. */
export interface CommandRequest {
  /** The public key of whoever sent it. */
  readonly caller: string
  readonly deviceId: string | null
  /** Names the request in logs; null if nothing does. */
  readonly correlationId: string | null
  readonly payload: Readonly<Record<string, unknown>>
  /** Of the whole request: an upper bound of what the command takes. */
  readonly sizeBytes: number
}

/** A command that was found right, before it has an id. */
export interface CheckedCommand {
  readonly command: string
  readonly params: Params
  readonly scope: CommandScope
  /** Null with the scopes worker and rack. */
  readonly deviceId: string | null
  readonly workerId: string
  /** For the scopes worker and rack; null is the whole worker. */
  readonly targets: readonly string[] | null
  /** The contract says that running it twice is as good as once. */
  readonly idempotent: boolean
  /** Name that the caller gives itself. */
  readonly requesterId: string | null
  readonly caller: string
  readonly idempotencyKey: string | null
  /** Names the request that brought it in logs; null if nothing does. */
  readonly correlationId: string | null
}

/** QUEUED or REJECTED. */
export type Submitted =
  | { readonly kind: 'queued'; readonly commandId: string }
  | { readonly kind: 'rejected'; readonly error: string }

/** Where commands go that were found right. */
export interface CommandIntake {
  /**
   * What became of the command that the caller sent with this key before; null if there is none. `content` is what the command
   * says, in one writing.
   */
  recall(caller: string, idempotencyKey: string, content: string): Promise<Submitted> | null
  /** Resolves when the command is on disk, or rejected. */
  accept(command: CheckedCommand, content: string, sizeBytes: number): Promise<Submitted>
}
