/** Telemetry and state on demand. Nothing is stored: an answer is the worker's of this moment, or says why there is none. */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Telemetry, TelemetryQuery, WorkerReplies, WorkerState } from '../../../protocol/payloads.ts'
import { Limiter } from '../../ports/limiter.ts'
import type { Answer, WorkerChannel } from '../../ports/worker-channel.ts'

/** Where to ask for a device. */
export interface Route {
  readonly workerId: string
  readonly routable: boolean
}

export interface TelemetryPorts {
  readonly channel: WorkerChannel
  readonly clock: Pick<Clock, 'after' | 'now'>
  readonly routeOf: (deviceId: string) => Route | undefined
}

/** No answer: a code, with more behind a colon if there is more to say. */
export interface NoAnswer {
  readonly kind: 'failed'
  readonly error: string
}
export type Pulled<Reply> = { readonly kind: 'ok'; readonly reply: Reply } | NoAnswer

export interface TelemetryProxy {
  pullTelemetry(deviceId: string | null, query: TelemetryQuery): Promise<Pulled<Telemetry>>
  /** The state of all devices of the device's worker. */
  pullState(deviceId: string | null): Promise<Pulled<WorkerState>>
}

/** Upstream's limit; a worker reads its devices when it is asked. */
const pullTimeoutMs = 30_000
/** A worker that hangs leaves room for the others. */
const limits = { limit: 128, youngMs: 1_000, limitPerKey: 16, queueLimitPerKey: 64, patienceMs: 2_000 }

export function createTelemetryProxy({ channel, clock, routeOf }: TelemetryPorts): TelemetryProxy {
  const limiter = new Limiter({ clock, ...limits })
  const pull = async <A extends 'telemetry.pull' | 'state.pull'>(
    deviceId: string | null,
    ask: (route: Route, deviceId: string) => Promise<Answer<WorkerReplies[A]>>,
  ): Promise<Pulled<WorkerReplies[A]>> => {
    if (deviceId === null) return failed('ERR_DEVICE_ID_REQUIRED')
    const route = routeOf(deviceId)
    if (route === undefined) return failed('ERR_DEVICE_NOT_FOUND')
    if (!route.routable) return failed('ERR_WORKER_NOT_ROUTABLE')
    const answer = await limiter.run(route.workerId, () => ask(route, deviceId))
    return answer === null ? failed('ERR_QUEUE_FULL') : outcomeOf(answer)
  }
  return {
    pullTelemetry: (device, query) =>
      pull<'telemetry.pull'>(device, ({ workerId }, deviceId) =>
        channel.ask(workerId, 'telemetry.pull', { deviceId, query }, { timeoutMs: pullTimeoutMs, deviceId }),
      ),
    pullState: (device) =>
      pull<'state.pull'>(device, ({ workerId }, deviceId) =>
        channel.ask(workerId, 'state.pull', { deviceId }, { timeoutMs: pullTimeoutMs, deviceId }),
      ),
  }
}

function outcomeOf<Reply>(answer: Answer<Reply>): Pulled<Reply> {
  switch (answer.kind) {
    case 'ok':
      return answer
    case 'refused':
      return { kind: 'failed', error: answer.error }
    case 'malformed':
      return failed('ERR_INTERNAL')
    case 'unlinked':
      return failed('ERR_WORKER_NOT_ROUTABLE')
    case 'unanswered':
      return failed(answer.failure === 'timeout' ? 'ERR_WORKER_TIMEOUT' : 'ERR_WORKER_NOT_ROUTABLE')
  }
}

function failed(error: ErrorCode): NoAnswer {
  return { kind: 'failed', error }
}
