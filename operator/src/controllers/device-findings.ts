import { type Diagnosis, formatDiagnosis } from '../../../runtime/src/contract/index.ts'
import type { Finding } from './conditions.ts'
import { listNames } from './messages.ts'
import { type OrkKnowledge, orkPatienceMs } from './ork-knowledge.ts'
import type { ShardState } from './shard-state.ts'

/** Devices of several shards. Names are ids. */
export interface DeviceTotals {
  readonly assigned: number
  readonly registered: number
  readonly healthy: number
  readonly missing: readonly string[]
  readonly sick: readonly string[]
  /** Worker ids of shards that run an earlier device list. */
  readonly outdated: readonly string[]
  /** What keeps the first worker from running whose pod doesn't; null if nothing is known to. */
  readonly trouble: string | null
}

export function sumShards(states: readonly ShardState[]): DeviceTotals {
  const sum = (count: (state: ShardState) => number) => states.reduce((total, state) => total + count(state), 0)
  return {
    assigned: sum(({ assigned }) => assigned),
    registered: sum(({ registered }) => registered),
    healthy: sum(({ healthy }) => healthy),
    missing: states.flatMap(({ missing }) => missing),
    sick: states.flatMap(({ sick }) => sick),
    outdated: states.filter(({ outdated }) => outdated).map(({ shard }) => shard.workerId),
    trouble: firstTrouble(states),
  }
}

export function firstTrouble(states: readonly ShardState[]): string | null {
  return states.find(({ trouble }) => trouble !== null)?.trouble ?? null
}

/** To be added to a message; empty if there is none. */
export function troubleNote(trouble: string | null): string {
  return trouble === null ? '' : `; ${trouble}`
}

type RegisteredReason = 'AllRegistered' | 'NoDevices' | 'DevicesNotRegistered' | 'StatusUnreachable' | 'Starting'
type HealthyReason = 'AllHealthy' | 'NoDevices' | 'DevicesUnhealthy' | 'StatusUnreachable' | 'Starting'

export function statusUnreachable({
  problem,
}: Extract<OrkKnowledge, { kind: 'silent' }>): Finding<'StatusUnreachable'> {
  const why = problem === null ? '' : ` (${problem})`
  const message = `ORK's status can't be heard, for ${orkPatienceMs / 1_000} s now${why}; the counts are the last ones known`
  return { reason: 'StatusUnreachable', message }
}

const noDevices: Finding<'NoDevices'> = { reason: 'NoDevices', message: 'there is no device to serve' }
const awaitingOrk: Finding<'Starting'> = { reason: 'Starting', message: "ORK's status is awaited" }

/** What a part says of which nothing can be known before there is a site. */
export const awaitingSite: Finding<'Starting'> = { reason: 'Starting', message: 'the site is awaited' }

/** ORK's diagnosis; null while it has none, or isn't heard. */
export function heardDiagnosis(ork: OrkKnowledge): Diagnosis | null {
  return ork.kind === 'heard' ? ork.view.diagnosis : null
}

/** What ORK says of the cause, to be added to a message; empty if it says nothing. */
export function diagnosisNote(diagnosis: Diagnosis | null): string {
  return diagnosis === null ? '' : `; ORK says: ${formatDiagnosis(diagnosis)}`
}

/** The part of a diagnosis that explains any worker of a site: others are of some workers, and are told by the site. */
function commonCause(ork: OrkKnowledge): Diagnosis | null {
  const diagnosis = heardDiagnosis(ork)
  return diagnosis?.about === 'peer' ? null : diagnosis
}

/**
 * Whether all assigned devices are in ORK's registry. `earlier` is what the condition said before, and stands while ORK is
 * awaited; `cause` is ORK's explanation of what is missing.
 */
export function findRegistered<Reason extends string>(
  { assigned, registered, missing, outdated, trouble }: DeviceTotals,
  ork: OrkKnowledge,
  earlier: Finding<Reason> | null,
  cause: Diagnosis | null = commonCause(ork),
): Finding<Reason | RegisteredReason> {
  if (assigned === 0) return noDevices
  if (ork.kind === 'absent') return awaitingSite
  if (ork.kind === 'silent') return statusUnreachable(ork)
  if (ork.kind === 'awaited') return earlier ?? awaitingOrk
  const counted = `${registered} of ${assigned} assigned devices are registered with ORK`
  if (registered < assigned) {
    const why = trouble === null ? diagnosisNote(cause) : troubleNote(trouble)
    const message = `${counted}; not yet: ${listNames(missing)}${why}`
    return { reason: 'DevicesNotRegistered', message }
  }
  if (outdated.length > 0) {
    const message = `${counted}; these workers still run an earlier device list: ${listNames(outdated)}`
    return { reason: 'DevicesNotRegistered', message }
  }
  return { reason: 'AllRegistered', message: `all ${assigned} assigned devices are registered with ORK` }
}

/** Whether all registered devices are online. */
export function findHealthy<Reason extends string>(
  { assigned, registered, healthy, sick }: DeviceTotals,
  ork: OrkKnowledge,
  earlier: Finding<Reason> | null,
): Finding<Reason | HealthyReason> {
  if (assigned === 0) return noDevices
  if (ork.kind === 'absent') return awaitingSite
  if (ork.kind === 'silent') return statusUnreachable(ork)
  if (ork.kind === 'awaited') return earlier ?? awaitingOrk
  if (healthy === registered) {
    return { reason: 'AllHealthy', message: `all ${registered} registered devices are online` }
  }
  return {
    reason: 'DevicesUnhealthy',
    message: `${healthy} of ${registered} registered devices are online; look at ${listNames(sick)}`,
  }
}
