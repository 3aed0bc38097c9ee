import { type Link, LinkError, type RequestOptions } from '../net/link.ts'
import { type Envelopes, isPlainObject } from '../protocol/envelope.ts'
import { filledText } from '../protocol/filled-text.ts'
import { encode, parseWorkerReply } from '../protocol/frames.ts'
import type { WorkerReplies } from '../protocol/payloads.ts'
import type { Answer, WorkerAction, WorkerChannel } from './ports/worker-channel.ts'

export interface WorkerCallsPorts {
  readonly envelopes: Envelopes
  readonly linkTo: (workerId: string) => Link | undefined
  /** Told how each request ended, and how long it took; not of requests that couldn't be sent. */
  readonly onAnswer: (action: WorkerAction, kind: Answer<unknown>['kind'], seconds: number) => void
  /** Told when it is known that another instance than before, or the first, is at the other end of the worker's link. */
  readonly onInstance?: (workerId: string) => void
  /** Monotonic. */
  readonly now: () => number
}

export interface WorkerCalls extends WorkerChannel {
  /**
   * The instance at the other end of the link as its last pong said, null for a worker that names none; undefined before its first
   * pong. A link ends with the process at its other end, so no other process answers on it.
   */
  instanceOf(link: Link): string | null | undefined
}

/** Requests to workers in envelopes, one to a message. */
export function createWorkerCalls({ envelopes, linkTo, onAnswer, onInstance, now }: WorkerCallsPorts): WorkerCalls {
  const instances = new WeakMap<Link, string | null>()
  const noteInstance = (link: Link, workerId: string, answer: Answer<unknown>): void => {
    if (answer.kind === 'unlinked' || answer.kind === 'unanswered') return
    const before = instances.get(link)
    const instanceId = answer.kind === 'ok' ? parseInstanceId(answer.reply) : null
    instances.set(link, instanceId)
    if (instanceId !== before) onInstance?.(workerId)
  }
  return {
    instanceOf: (link) => instances.get(link),
    async ask(workerId, action, payload, { deviceId, correlationId, ...limits }) {
      const link = linkTo(workerId)
      if (link === undefined) return { kind: 'unlinked' }
      const { timeoutMs } = limits
      const to = { target: workerId, deviceId: deviceId ?? null, correlationId, timeoutMs }
      const message = encode(envelopes.toWorker(action, payload, to))
      const startedAt = now()
      const answer = await request(link, action, message, limits)
      onAnswer(action, answer.kind, (now() - startedAt) / 1_000)
      if (action === 'health.ping') noteInstance(link, workerId, answer)
      return answer
    },
  }
}

function parseInstanceId(pong: unknown): string | null {
  return isPlainObject(pong) ? filledText(pong['instanceId']) : null
}

async function request<A extends WorkerAction>(
  link: Link,
  action: A,
  message: Buffer,
  limits: RequestOptions,
): Promise<Answer<WorkerReplies[A]>> {
  try {
    const frame = await link.request(message, limits)
    const parsed = parseWorkerReply(action, frame)
    return parsed.kind === 'ok' ? { ...parsed, sizeBytes: frame.length } : parsed
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    if (error.failure === 'refused') return { kind: 'refused', error: error.message }
    return { kind: 'unanswered', failure: error.failure }
  }
}
