import { annotations } from '../api/group.ts'
import type { Clock } from '../engine/clock.ts'
import { type Deadline, startDeadline } from '../engine/deadline.ts'
import type { Kube, Writer } from '../kube/kube.ts'
import type { Refusal } from '../kube/refusal.ts'
import type { KubeObject } from '../kube/types.ts'
import { type Owner, ownershipOf } from './ownership.ts'
import type { LastRefresh } from './refresh.ts'
import {
  formatObject,
  formatRefusal,
  isMissing,
  isRefusal,
  type Plan,
  type PlannedEvent,
  type Refused,
  type Setback,
  type Step,
} from './steps.ts'

export interface PlanPorts {
  readonly kube: Pick<Kube, 'record' | 'writer'>
  /** The controller's name and the key. */
  readonly scope: string
  readonly clock: Clock
  /** Whose objects are written, and whom events are about. */
  readonly owner: Owner
  readonly regarding: KubeObject
  /** Told of each pod that was touched, by uid. */
  readonly onRefreshed: (podUid: string, refresh: LastRefresh) => void
}

/** Each step is a request or two, and many sites share one API server. */
const stepsAtOnce = 8
/** A run has time left to say in its status what took so long. */
const writingLimitMs = 40_000

/**
 * Carries a plan out: stage by stage, the steps of one side by side. What the API server doesn't do doesn't stop the rest, but
 * a step isn't tried when something that it needs is missing. Setbacks come in the plan's order.
 */
export async function applyPlan(plan: Plan, ports: PlanPorts, signal: AbortSignal): Promise<readonly Setback[]> {
  const deadline = startDeadline(ports.clock, writingLimitMs, 'writing what is wanted', signal)
  const carrying = { ...ports, deadline, writer: ports.kube.writer(ports.scope, deadline.signal, ports.regarding) }
  const setbacks: Setback[] = []
  const missing = new Set<string>()
  try {
    for (const stage of plan.stages) {
      const isPossible = (step: Step) => step.kind !== 'apply' || !step.needs.some((need) => missing.has(need))
      const results = await eachOf(stage.filter(isPossible), (step) => attempt(step, carrying))
      const fresh = results.filter((setback) => setback !== null)
      const skipped = stage.flatMap((step) => (step.kind !== 'apply' || isPossible(step) ? [] : [step.object]))
      for (const object of [...skipped, ...fresh.filter(isMissing).map((setback) => setback.object)]) {
        missing.add(formatObject(object))
      }
      setbacks.push(...fresh)
    }
  } finally {
    deadline.clear()
  }
  for (const event of [...plan.events, ...refusalEvents(setbacks)]) tell(ports, event)
  return setbacks
}

/** One for all of a run, since what refuses one object often refuses many. */
function refusalEvents(setbacks: readonly Setback[]): PlannedEvent[] {
  const [first, ...others] = setbacks.filter(isRefusal)
  if (first === undefined) return []
  const more = others.length === 0 ? '' : `; ${others.length} more as well`
  return [refusalEvent(first, more)]
}

function refusalEvent(refusal: Refused, more = ''): PlannedEvent {
  const reason = refusal.kind === 'refused' ? 'WriteRefused' : 'WriteFailed'
  return { type: 'Warning', reason, action: 'Write', note: `${formatRefusal(refusal)}${more}` }
}

interface Carrying extends PlanPorts {
  readonly deadline: Deadline
  readonly writer: Writer
}

/** What there is no time for any more is a setback like others. */
async function attempt(step: Step, carrying: Carrying): Promise<Setback | null> {
  try {
    return await carryOut(step, carrying)
  } catch (error) {
    const { passed, signal } = carrying.deadline
    if (!passed || error !== signal.reason || !(error instanceof Error)) throw error
    return step.kind === 'refresh' ? null : { kind: 'failed', object: step.object, error, exists: false }
  }
}

async function carryOut(step: Step, carrying: Carrying): Promise<Setback | null> {
  switch (step.kind) {
    case 'create':
      return create(step, carrying)
    case 'apply':
      return apply(step, carrying)
    case 'remove':
      return remove(step, carrying)
    case 'refresh':
      await refresh(step, carrying)
      return null
  }
}

async function create(
  { object, then, event }: Extract<Step, { kind: 'create' }>,
  carrying: Carrying,
): Promise<Setback | null> {
  const result = await carrying.writer.createOnce(object)
  switch (result.kind) {
    case 'created':
      tell(carrying, event)
      return then === null ? null : complete(then, result.object, carrying)
    case 'exists':
    case 'ownerless':
      return { kind: 'raced', object }
    case 'refused':
    case 'failed':
      return refused(object, result)
  }
}

/** What was made is what is changed: it holds a value that nothing may overwrite. */
function complete(desired: KubeObject, made: KubeObject, carrying: Carrying): Promise<Setback | null> {
  const { resourceVersion = '', uid = '' } = made.metadata
  const object = { ...desired, metadata: { ...desired.metadata, resourceVersion, uid } }
  return apply({ object, event: null }, carrying)
}

async function apply(
  { object, event }: Pick<Extract<Step, { kind: 'apply' }>, 'object' | 'event'>,
  carrying: Carrying,
): Promise<Setback | null> {
  const result = await carrying.writer.apply(object, (live) => ownershipOf(live, carrying.owner) === 'ours')
  switch (result.kind) {
    case 'created':
    case 'updated':
      tell(carrying, event)
      return null
    case 'unchanged':
      return null
    case 'taken':
      return { kind: foreignness(result.object, carrying.owner), object }
    case 'ownerless':
    case 'changed':
      return { kind: 'raced', object }
    case 'refused':
    case 'failed':
      return refused(object, result)
  }
}

/** An object of somebody else's, or of a namesake of the owner that is gone: then it goes, too. */
function foreignness(object: KubeObject, owner: Owner): 'leaving' | 'taken' {
  return ownershipOf(object, owner) === 'leaving' ? 'leaving' : 'taken'
}

async function remove({ object }: Extract<Step, { kind: 'remove' }>, { writer }: Carrying): Promise<Setback | null> {
  const result = await writer.remove(object)
  switch (result.kind) {
    case 'removed':
    case 'absent':
      return null
    case 'changed':
      return { kind: 'raced', object }
    case 'refused':
    case 'failed':
      return refused(object, result)
  }
}

/** A touch that is refused counts as one: it only hastens what the kubelet does by itself. */
async function refresh(
  { pod, value, remember }: Extract<Step, { kind: 'refresh' }>,
  carrying: Carrying,
): Promise<void> {
  const result = await carrying.writer.annotatePod(pod, { [annotations.refresh]: value })
  if (result.kind === 'refused' || result.kind === 'failed') tell(carrying, refusalEvent(refused(pod, result)))
  carrying.onRefreshed(pod.metadata.uid ?? '', remember)
}

function refused(object: KubeObject, { kind, error, exists }: Refusal): Refused {
  return { kind, object, error, exists }
}

function tell({ kube, regarding }: Pick<PlanPorts, 'kube' | 'regarding'>, event: PlannedEvent | null): void {
  if (event !== null) kube.record({ regarding, ...event })
}

/** Runs a task for each item, a few at a time; results in the items' order. When one throws, the others that run are waited for. */
async function eachOf<Item, Result>(items: readonly Item[], task: (item: Item) => Promise<Result>): Promise<Result[]> {
  const queue = [...items.entries()]
  const results = new Map<number, Result>()
  const workers = Array.from({ length: Math.min(stepsAtOnce, items.length) }, async () => {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const [at, item] = entry
      results.set(at, await task(item))
    }
  })
  const settled = await Promise.allSettled(workers)
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result)
}
