import { fieldManagers } from '../api/group.ts'
import type { Clock } from '../engine/clock.ts'
import { createTokenBucket, type TokenBucket } from '../engine/token-bucket.ts'
import { isApiError } from './errors.ts'
import { isFields, parseObject } from './parse-object.ts'
import { type CustomResource, objectPath, refOf } from './resource.ts'
import { expectWritten, type Run } from './run.ts'
import {
  type CountRules,
  decideStatusWrite,
  nothingPending,
  type Status,
  type StatusMemory,
} from './status-decision.ts'

export type StatusResult =
  | { readonly kind: 'written' | 'unchanged'; readonly againMs: number | null }
  /** The object isn't there as it was read: its change brings the next run. */
  | { readonly kind: 'absent' }

/** Writes statuses, each as rarely as `status-decision.ts` says. One for the whole program: it remembers what waits. */
export interface StatusWriter {
  /**
   * @param object as it was read from a cache, with the status that it has.
   * @param site key of the site whose objects share a rate of writes that only change counts.
   * @returns `againMs`: when to come back if nothing happens, to write what waits.
   */
  write(run: Run, object: CustomResource, next: Status, site: string): Promise<StatusResult>
}

/** A site's objects together, for counts alone. */
const countWrites = { burst: 5, perSecond: 5 }
/** Beyond that, what waits for deleted objects is forgotten; others only start their window again. */
const mostRemembered = 10_000

export function createStatusWriter(clock: Clock, rules: CountRules): StatusWriter {
  const memories = new Map<string, StatusMemory>()
  const buckets = new Map<string, TokenBucket>()
  /** When each object may write its counts, on the monotonic clock. */
  const turns = new Map<string, number>()

  function remember(uid: string, memory: StatusMemory): void {
    for (const map of [memories, turns]) if (map.size >= mostRemembered) map.clear()
    if (memory.countsSince === null && memory.heldSince.size === 0) memories.delete(uid)
    else memories.set(uid, memory)
  }

  /** How long the object has to wait, once its window is over, until it is its turn in the site. */
  function untilTurn(uid: string, site: string): number {
    const bucket = buckets.get(site) ?? createTokenBucket(clock, countWrites)
    buckets.set(site, bucket)
    const turn = turns.get(uid) ?? clock.monotonic() + bucket.reserve()
    turns.set(uid, turn)
    return Math.max(0, turn - clock.monotonic())
  }

  return {
    async write(run, object, next, site) {
      const { uid = '' } = object.metadata
      const memory = memories.get(uid) ?? nothingPending
      const previous = parseStatus(object.status)
      const times = { monotonicMs: clock.monotonic(), nowMs: clock.now() }
      const decision = decideStatusWrite({ previous, next, memory, rules, ...times })
      if (decision.write === null) {
        remember(uid, decision.memory)
        return { kind: 'unchanged', againMs: decision.againMs }
      }
      const waitMs = decision.countsOnly ? untilTurn(uid, site) : 0
      if (waitMs > 0) {
        remember(uid, { ...decision.memory, countsSince: memory.countsSince })
        return { kind: 'unchanged', againMs: Math.min(waitMs, decision.againMs ?? waitMs) }
      }
      turns.delete(uid)
      if (!(await apply(run, object, decision.write))) return { kind: 'absent' }
      remember(uid, decision.memory)
      return { kind: 'written', againMs: decision.againMs }
    },
  }
}

async function apply(run: Run, object: CustomResource, status: Status): Promise<boolean> {
  const ref = refOf(object)
  // The version is the condition: who has something else under this name, or has it otherwise, must be looked at again.
  const { name, namespace, resourceVersion } = object.metadata
  try {
    const answer = await run.transport.request({
      method: 'PATCH',
      path: objectPath(ref, 'status'),
      query: { fieldManager: fieldManagers.status, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: { name, namespace, resourceVersion },
        status,
      },
      signal: run.signal,
    })
    expectWritten(run, parseObject(ref.kind, answer))
    run.onWrite?.({ kind: object.kind, result: 'status' })
    return true
  } catch (error) {
    if (isApiError(error, 'absent', 'conflict')) return false
    throw error
  }
}

/** A status that the API server checked against the schema; an object that never had one has none. */
function parseStatus(status: unknown): Status {
  return isFields(status) ? status : {}
}
