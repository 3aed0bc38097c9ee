import type { Condition } from '../api/v1alpha1/index.ts'
import type { PlannedEvent } from './steps.ts'

/** What is worth telling of a change of status: that an object became Ready, or that it stalled. */
export function decideTransitions(before: readonly Condition[], after: readonly Condition[]): PlannedEvent[] {
  const [readyBefore, readyAfter] = [find(before, 'Ready'), find(after, 'Ready')]
  const [stalledBefore, stalledAfter] = [find(before, 'Stalled'), find(after, 'Stalled')]
  const events: PlannedEvent[] = []
  if (readyAfter?.status === 'True' && readyBefore?.status !== 'True') {
    events.push({ type: 'Normal', reason: readyAfter.reason, action: 'Report', note: readyAfter.message })
  }
  if (stalledAfter !== undefined && stalledAfter.reason !== stalledBefore?.reason) {
    events.push({ type: 'Warning', reason: stalledAfter.reason, action: 'Report', note: stalledAfter.message })
  }
  return events
}

function find(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type)
}
