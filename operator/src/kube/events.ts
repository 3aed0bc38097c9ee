import { type Clock, formatMicroTime } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import { createTokenBucket, type TokenBucket } from '../engine/token-bucket.ts'
import { isApiError } from './errors.ts'
import { parseObject } from './parse-object.ts'
import { collectionPath, objectPath } from './resource.ts'
import type { Transport } from './transport.ts'
import type { KubeObject } from './types.ts'

/** Something that happened to an object, for people. */
export interface EventFact {
  readonly regarding: KubeObject
  readonly type: 'Normal' | 'Warning'
  /** Why, in PascalCase. Equal to the condition's reason if there is one. */
  readonly reason: string
  /** What was done or tried, in PascalCase. */
  readonly action: string
  /** A sentence. */
  readonly note: string
}

/** Writes events (`events.k8s.io/v1`): what repeats becomes a series, and what floods is dropped. */
export interface EventRecorder {
  /** Never waits, never fails. */
  record(fact: EventFact): void
  /** Lets what is being sent end. Idempotent. */
  close(): Promise<void>
}

export interface EventRecorderOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  /** Name of the program, and of this process of it. */
  readonly controller: string
  readonly instance: string
}

interface Series {
  readonly namespace: string
  /** Name of the event; null until it is made. */
  name: string | null
  count: number
  observedAt: number
  seenAt: number
  sentAt: number
}

/** A repetition after a longer pause is a new event. */
const seriesEndsAfterMs = 6 * 60_000
/** A series is written at most so often. */
const seriesEveryMs = 60_000
/** For each object, as client-go: a burst, and then one in five minutes. */
const rate = { burst: 25, perSecond: 1 / 300 }
const mostSeries = 2_000
const mostQueued = 500
const longestNote = 1_024

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock } = options
  const outbox = createOutbox(options.log)
  const series = new Map<string, Series>()
  const buckets = new Map<string, TokenBucket>()
  let closed = false

  function start(key: string, fact: EventFact, now: number): void {
    const namespace = fact.regarding.metadata.namespace ?? 'default'
    const first: Series = { namespace, name: null, count: 1, observedAt: clock.now(), seenAt: now, sentAt: now }
    series.delete(key)
    // The oldest goes: maps keep the order of insertion.
    const [oldest] = series.keys()
    if (series.size >= mostSeries && oldest !== undefined) series.delete(oldest)
    series.set(key, first)
    outbox.send(async () => {
      first.name = await createEvent(options, fact, first)
    })
  }

  function repeat(known: Series, now: number): void {
    known.count += 1
    known.observedAt = clock.now()
    known.seenAt = now
    if (now - known.sentAt < seriesEveryMs) return
    known.sentAt = now
    outbox.send(() => updateSeries(options, known))
  }

  function bucketOf({ regarding }: EventFact): TokenBucket {
    const uid = regarding.metadata.uid ?? ''
    const bucket = buckets.get(uid) ?? createTokenBucket(clock, rate)
    if (buckets.size >= mostSeries) buckets.clear()
    buckets.set(uid, bucket)
    return bucket
  }

  return {
    record(fact) {
      if (closed) return
      const key = keyOfFact(fact)
      const known = series.get(key)
      const now = clock.monotonic()
      if (known !== undefined && now - known.seenAt < seriesEndsAfterMs) repeat(known, now)
      else if (bucketOf(fact).take()) start(key, fact, now)
    },
    close: () => {
      closed = true
      return outbox.sent()
    },
  }
}

/** Sends one after the other; what doesn't fit any more is dropped. */
function createOutbox(log: Log): { send(task: () => Promise<void>): void; sent(): Promise<void> } {
  let queued = 0
  let last = Promise.resolve()

  async function attempt(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      // A namespace that goes away takes no events.
      const isLeaving = isApiError(error, 'absent', 'denied') && error.missingRight === null
      if (isLeaving) log.debug({ err: error }, 'an event was refused')
      else log.warn({ err: error }, 'an event could not be written')
    }
    queued--
  }

  return {
    send(task) {
      if (queued >= mostQueued) return
      queued++
      last = last.then(() => attempt(task))
    },
    sent: () => last,
  }
}

function keyOfFact({ regarding, type, reason, action, note }: EventFact): string {
  return JSON.stringify([regarding.metadata.uid, type, reason, action, note])
}

async function createEvent(
  options: EventRecorderOptions,
  fact: EventFact,
  { namespace, observedAt }: Series,
): Promise<string> {
  const { apiVersion, kind, metadata } = fact.regarding
  const { name = '', uid, resourceVersion } = metadata
  const answer = await options.transport.request({
    method: 'POST',
    path: collectionPath('Event', namespace),
    body: {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { generateName: `${name}-`, namespace },
      eventTime: formatMicroTime(observedAt),
      reportingController: options.controller,
      reportingInstance: options.instance,
      regarding: { apiVersion, kind, name, namespace: metadata.namespace, uid, resourceVersion },
      type: fact.type,
      reason: fact.reason,
      action: fact.action,
      note: fact.note.slice(0, longestNote),
    },
  })
  return parseObject('Event', answer).metadata.name ?? ''
}

async function updateSeries(
  { transport }: EventRecorderOptions,
  { namespace, name, count, observedAt }: Series,
): Promise<void> {
  if (name === null) return
  await transport.request({
    method: 'PATCH',
    path: objectPath({ kind: 'Event', namespace, name }),
    contentType: 'application/merge-patch+json',
    body: { series: { count, lastObservedTime: formatMicroTime(observedAt) } },
  })
}
