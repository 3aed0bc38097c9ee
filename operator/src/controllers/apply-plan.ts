import { annotations } from '../api/group.ts'
import type { ApiError } from '../kube/errors.ts'
import type { Kube, Writer } from '../kube/kube.ts'
import type { KubeObject } from '../kube/types.ts'
import { type Owner, ownershipOf } from './ownership.ts'
import type { LastRefresh } from './refresh.ts'
import { formatObject, type Plan, type PlannedEvent, type Setback, type Step } from './steps.ts'

export interface PlanPorts {
  readonly kube: Pick<Kube, 'record'>
  readonly writer: Writer
  /** Whose objects are written, and whom events are about. */
  readonly owner: Owner
  readonly regarding: KubeObject
  /** Told of each pod that was touched, by uid. */
  readonly onRefreshed: (podUid: string, refresh: LastRefresh) => void
}

/** Each step is a request or two, and many sites share one API server. */
const stepsAtOnce = 8

/**
 * Carries a plan out: stage by stage, the steps of one side by side. What the API server refuses doesn't stop the rest, but
 * a step isn't tried when something that it needs is missing. Throws when the surroundings are broken.
 */
export async function applyPlan(plan: Plan, ports: PlanPorts): Promise<readonly Setback[]> {
  const setbacks: Setback[] = []
  const missing = new Set<string>()
  for (const stage of plan.stages) {
    const isPossible = (step: Step) => step.kind !== 'apply' || !step.needs.some((need) => missing.has(need))
    await eachOf(stage.filter(isPossible), async (step) => {
      const setback = await carryOut(step, ports)
      if (setback !== null) setbacks.push(setback)
    })
    const skipped = stage.flatMap((step) => (step.kind !== 'apply' || isPossible(step) ? [] : [step.object]))
    for (const object of [...skipped, ...setbacks.map((setback) => setback.object)]) missing.add(formatObject(object))
  }
  for (const event of plan.events) tell(ports, event)
  return setbacks
}

async function carryOut(step: Step, ports: PlanPorts): Promise<Setback | null> {
  switch (step.kind) {
    case 'create':
      return create(step, ports)
    case 'apply':
      return apply(step, ports)
    case 'remove': {
      const { kind } = await ports.writer.remove(step.object)
      return kind === 'changed' ? { kind: 'raced', object: step.object } : null
    }
    case 'refresh': {
      await ports.writer.annotatePod(step.pod, { [annotations.refresh]: step.value })
      if (step.remember !== null) ports.onRefreshed(step.pod.metadata.uid ?? '', step.remember)
      return null
    }
  }
}

async function create({ object, event }: Extract<Step, { kind: 'create' }>, ports: PlanPorts): Promise<Setback | null> {
  const result = await ports.writer.createOnce(object)
  switch (result.kind) {
    case 'created':
      tell(ports, event)
      return null
    case 'exists':
    case 'ownerless':
      return { kind: 'raced', object }
    case 'refused':
      return refused(object, result.error, ports)
  }
}

async function apply({ object, event }: Extract<Step, { kind: 'apply' }>, ports: PlanPorts): Promise<Setback | null> {
  const result = await ports.writer.apply(object, (live) => ownershipOf(live, ports.owner) === 'ours')
  switch (result.kind) {
    case 'created':
    case 'updated':
      tell(ports, event)
      return null
    case 'unchanged':
      return null
    case 'taken': {
      const leaving = ownershipOf(result.object, ports.owner) === 'leaving'
      return { kind: leaving ? 'leaving' : 'taken', object }
    }
    case 'leaving':
      return { kind: 'leaving', object }
    case 'ownerless':
      return { kind: 'raced', object }
    case 'refused':
      return refused(object, result.error, ports)
  }
}

/** Whether or not a condition speaks of it: whoever looks at the owner sees what is missing. */
function refused(object: KubeObject, error: ApiError, ports: PlanPorts): Setback {
  const note = `${formatObject(object)} was refused: ${error.explanation}`
  tell(ports, { type: 'Warning', reason: 'Refused', action: 'Apply', note })
  return { kind: 'refused', object, error }
}

function tell({ kube, regarding }: PlanPorts, event: PlannedEvent | null): void {
  if (event !== null) kube.record({ regarding, ...event })
}

/** Runs a task for each item, a few at a time. When one throws, the others that run are waited for. */
async function eachOf<Item>(items: readonly Item[], task: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items]
  const workers = Array.from({ length: Math.min(stepsAtOnce, items.length) }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item)
  })
  const results = await Promise.allSettled(workers)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
