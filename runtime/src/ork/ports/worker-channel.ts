import type { LinkFailure } from '../../net/link.ts'
import type { WorkerReplies, WorkerRequests } from '../../protocol/payloads.ts'

/** What can be asked of a worker. */
export type WorkerAction = keyof WorkerRequests & keyof WorkerReplies

/**
 * How a request to a worker ends.
 * `refused`: the worker says no, with its code; `malformed`: it answered something else than what was asked, so that nobody
 * knows what it did; `unlinked`: nothing was sent, as there is no link or requests are held back; `unanswered`: sent, and whether the worker acted on it is
 * not known.
 */
export type Answer<Reply> =
  /** `sizeBytes` is that of the message. */
  | { readonly kind: 'ok'; readonly reply: Reply; readonly sizeBytes: number }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'malformed'; readonly error: string }
  | { readonly kind: 'unlinked' }
  | { readonly kind: 'unanswered'; readonly failure: LinkFailure }

export interface AskOptions {
  readonly timeoutMs: number
  readonly deviceId?: string
  /** Of the client's request that this one follows from. */
  readonly correlationId?: string
  /** Gives the request up; it ends as `unanswered`. */
  readonly signal?: AbortSignal
}

/** Requests to registered workers over whatever link they have at the moment. */
export interface WorkerChannel {
  /** Never rejects. */
  ask<A extends WorkerAction>(
    workerId: string,
    action: A,
    payload: WorkerRequests[A],
    options: AskOptions,
  ): Promise<Answer<WorkerReplies[A]>>
}
