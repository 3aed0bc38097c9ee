import { type Link, LinkError, type RequestOptions } from '../net/link.ts'
import type { Envelopes } from '../protocol/envelope.ts'
import { encode, parseWorkerReply } from '../protocol/frames.ts'
import type { WorkerReplies } from '../protocol/payloads.ts'
import type { Answer, WorkerAction, WorkerChannel } from './ports/worker-channel.ts'

export interface WorkerCallsPorts {
  readonly envelopes: Envelopes
  readonly linkTo: (workerId: string) => Link | undefined
  /** Told how each request ended, and how long it took; not of requests that couldn't be sent. */
  readonly onAnswer: (action: WorkerAction, kind: Answer<unknown>['kind'], seconds: number) => void
  readonly now: () => number
}

/** Requests to workers in envelopes, one to a message. */
export function createWorkerCalls({ envelopes, linkTo, onAnswer, now }: WorkerCallsPorts): WorkerChannel {
  return {
    async ask(workerId, action, payload, { deviceId, ...limits }) {
      const link = linkTo(workerId)
      if (link === undefined) return { kind: 'unlinked' }
      const message = encode(envelopes.toWorker(action, payload, { target: workerId, deviceId: deviceId ?? null }))
      const startedAt = now()
      const answer = await request(link, action, message, limits)
      onAnswer(action, answer.kind, (now() - startedAt) / 1_000)
      return answer
    },
  }
}

async function request<A extends WorkerAction>(
  link: Link,
  action: A,
  message: Buffer,
  limits: RequestOptions,
): Promise<Answer<WorkerReplies[A]>> {
  try {
    return parseWorkerReply(action, await link.request(message, limits))
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    if (error.failure === 'refused') return { kind: 'refused', error: error.message }
    return { kind: 'unanswered', failure: error.failure }
  }
}
