/**
 * Telemetry and state on demand, of a device, of a worker or of the whole site. Nothing is stored: an answer is the worker's of this
 * moment, or says why there is none.
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { forEachBounded } from '../../../machine/bounded-fan-out.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Page, SiteTelemetry, Telemetry, TelemetryQuery, WorkerState } from '../../../protocol/payloads.ts'
import type { Answer, WorkerChannel } from '../../ports/worker-channel.ts'
import { Limiter } from './limiter.ts'

export type PullAction = 'telemetry.pull' | 'state.pull'

/** Whom to ask. `routable`: whether a request of the kind that is meant may be sent. */
export interface Route {
  readonly workerId: string
  readonly routable: boolean
}

export interface TelemetryPorts {
  readonly channel: WorkerChannel
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly routeOf: (deviceId: string, action: PullAction) => Route | undefined
  readonly routeTo: (workerId: string, action: PullAction) => Route | undefined
  /** Names of all workers, sorted. */
  readonly workerIds: () => readonly string[]
}

/** What is asked about: a device, or else a worker with all of its devices. */
export interface Subject {
  readonly deviceId: string | null
  readonly workerId: string | null
}

/** No answer: a code, with more behind a colon if there is more to say. */
export interface NoAnswer {
  readonly kind: 'failed'
  readonly error: string
}
export type Pulled<Reply> = { readonly kind: 'ok'; readonly reply: Reply; readonly sizeBytes: number } | NoAnswer

export interface SiteOptions {
  readonly correlationId?: string | null
  /** How long the answers of all workers may be together. */
  readonly maxBytes?: number
}

type Found = { readonly kind: 'found'; readonly workerId: string } | NoAnswer

/** Upstream's limit; a worker reads a device when it is asked. */
const pullTimeoutMs = 30_000
/** A worker tells of all its devices what it read last: it needn't read them now. */
const workerTimeoutMs = 10_000
/** Workers that are asked at once for a site: more answers at once would be lost, and come a second later. */
const workersInFlight = 24
/** A worker that hangs leaves room for the others. */
const limits = { limit: 256, youngMs: 500, limitPerKey: 64, queueLimitPerKey: 64, patienceMs: 2_000 }
/** Pulls of a site: each holds the answers of all its workers until the last has come. */
const siteLimits = {
  limit: 2,
  youngMs: 60_000,
  limitPerKey: 2,
  queueLimitPerKey: 64,
  patienceMs: 10_000,
}

export class TelemetryCollector {
  readonly #ports: TelemetryPorts
  readonly #limiter: Limiter
  readonly #sitePulls: Limiter

  constructor(ports: TelemetryPorts) {
    this.#ports = ports
    this.#limiter = new Limiter({ clock: ports.clock, ...limits })
    this.#sitePulls = new Limiter({ clock: ports.clock, ...siteLimits })
  }

  /** Of a device, or of all devices of a worker by one request to it. */
  async pullTelemetry(
    subject: Subject,
    query: TelemetryQuery,
    correlationId: string | null = null,
  ): Promise<Pulled<Telemetry>> {
    const found = this.#find(subject, 'telemetry.pull')
    if (found.kind === 'failed') return found
    const { deviceId } = subject
    const about = deviceId === null ? {} : { deviceId }
    const timeoutMs = deviceId === null ? workerTimeoutMs : pullTimeoutMs
    const options = { timeoutMs, ...about, ...(correlationId !== null && { correlationId }) }
    return this.#pull(found.workerId, () =>
      this.#ports.channel.ask(found.workerId, 'telemetry.pull', { ...about, query }, options),
    )
  }

  /** The state of all devices of a worker, which is named by one of them or by its own name. */
  async pullState(subject: Subject, correlationId: string | null = null): Promise<Pulled<WorkerState>> {
    const found = this.#find(subject, 'state.pull')
    if (found.kind === 'failed') return found
    const about = subject.deviceId === null ? {} : { deviceId: subject.deviceId }
    const options = { timeoutMs: pullTimeoutMs, ...about, ...(correlationId !== null && { correlationId }) }
    return this.#pull(found.workerId, () => this.#ports.channel.ask(found.workerId, 'state.pull', about, options))
  }

  /**
   * Of the workers on a page of all of them, by one request to each. Whoever doesn't answer, or says more than fits even alone, has an
   * `error` instead. Fails as soon as the answers are too large together: what is left is not asked for then.
   */
  async pullSite(
    query: TelemetryQuery,
    page: Page,
    { correlationId = null, maxBytes = Number.POSITIVE_INFINITY }: SiteOptions = {},
  ): Promise<Pulled<SiteTelemetry>> {
    const pulled = await this.#sitePulls.run('site', () => this.#pullPage(query, page, correlationId, maxBytes))
    return pulled ?? failed('ERR_QUEUE_FULL')
  }

  async #pullPage(
    query: TelemetryQuery,
    { offset, limit }: Page,
    correlationId: string | null,
    maxBytes: number,
  ): Promise<Pulled<SiteTelemetry>> {
    const all = this.#ports.workerIds()
    const asked = all.slice(offset, offset + limit)
    const answers = new Map<string, SiteTelemetry['workers'][number]>()
    let sizeBytes = 0
    await forEachBounded(asked, workersInFlight, async (workerId) => {
      if (sizeBytes > maxBytes) return
      const pulled = await this.pullTelemetry({ deviceId: null, workerId }, query, correlationId)
      if (pulled.kind === 'failed') answers.set(workerId, { workerId, error: pulled.error })
      else if (pulled.sizeBytes > maxBytes) answers.set(workerId, { workerId, error: tooLarge })
      else {
        sizeBytes += pulled.sizeBytes
        answers.set(workerId, { ...pulled.reply, workerId })
      }
    })
    if (sizeBytes > maxBytes) return failed(tooLarge)
    const workers = asked.flatMap((workerId) => answers.get(workerId) ?? [])
    return { kind: 'ok', reply: { workers, total: all.length }, sizeBytes }
  }

  #find({ deviceId, workerId }: Subject, action: PullAction): Found {
    const { routeOf, routeTo } = this.#ports
    if (deviceId !== null) return foundIn(routeOf(deviceId, action), 'ERR_DEVICE_NOT_FOUND')
    if (workerId !== null) return foundIn(routeTo(workerId, action), 'ERR_WORKER_NOT_FOUND')
    return failed('ERR_DEVICE_ID_REQUIRED')
  }

  async #pull<Reply>(workerId: string, ask: () => Promise<Answer<Reply>>): Promise<Pulled<Reply>> {
    const answer = await this.#limiter.run(workerId, ask)
    return answer === null ? failed('ERR_QUEUE_FULL') : outcomeOf(answer)
  }
}

const tooLarge: ErrorCode = 'ERR_REPLY_TOO_LARGE'

function foundIn(route: Route | undefined, unknown: ErrorCode): Found {
  if (route === undefined) return failed(unknown)
  return route.routable ? { kind: 'found', workerId: route.workerId } : failed('ERR_WORKER_NOT_ROUTABLE')
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
