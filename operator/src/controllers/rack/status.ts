// The status of a rack, of what was seen. Pure.
import { type MdkRackStatus, maxUnassignedDevices, rackConditions } from '../../api/v1alpha1/index.ts'
import type { DuplicateAddress } from '../../assignment/assignment.ts'
import { type Complete, conditionsOf, earlierFinding, type Findings, type ReadyFinding } from '../conditions.ts'
import { type DeviceTotals, findHealthy, findRegistered, sumShards } from '../device-findings.ts'
import { countThings, limitText, listNames } from '../messages.ts'
import { decideShardState } from '../shard-state.ts'
import type { SeenRack } from './seen-rack.ts'

const longestUnassignedMessage = 256

type RackFindings = Findings<typeof rackConditions>

export function rackStatus(seen: SeenRack): Complete<MdkRackStatus> {
  const { assignment, rack } = seen
  const totals = sumShards(seen.shards.map((shard) => decideShardState(shard, seen.orkKnowledge)))
  const { registered, healthy } = totals
  return {
    observedGeneration: rack.metadata.generation,
    devices: { declared: assignment.declared, assigned: assignment.assigned.length, registered, healthy },
    unassignedDevices: assignment.unassigned
      .slice(0, maxUnassignedDevices)
      .map(({ name, reason, message }) => ({ name, reason, message: limitText(message, longestUnassignedMessage) })),
    conditions: conditionsOf(rackConditions, rack, findAll(seen, totals), {
      before: findFirst(seen),
      otherwise: findWell(assignment.declared),
    }),
  }
}

function findAll({ assignment, orkKnowledge, rack }: SeenRack, totals: DeviceTotals): RackFindings {
  const earlier = <Type extends keyof typeof rackConditions>(type: Type) => earlierFinding(rackConditions, rack, type)
  return {
    DevicesAssigned: findAssigned(assignment.declared, assignment.unassigned),
    DevicesRegistered: findRegistered(totals, orkKnowledge, earlier('DevicesRegistered')),
    DevicesHealthy: findHealthy(totals, orkKnowledge, earlier('DevicesHealthy')),
    Conflict: findConflict(assignment.duplicates),
  }
}

function findFirst({ assignment, rack, siteExists }: SeenRack): ReadyFinding<typeof rackConditions> | null {
  if (!siteExists) {
    const { name } = rack.spec.siteRef
    return { reason: 'WaitingForSite', message: `there is no MdkSite ${name} in namespace ${rack.metadata.namespace}` }
  }
  const conflict = findConflict(assignment.duplicates)
  return conflict === null ? null : { reason: 'Conflict', message: conflict.message }
}

interface Unassigned {
  readonly name: string
  readonly reason: string
  readonly message: string
}

function findAssigned(declared: number, unassigned: readonly Unassigned[]): RackFindings['DevicesAssigned'] {
  if (declared === 0) return { reason: 'NoDevices', message: 'the rack declares no device' }
  if (unassigned.length === 0)
    return { reason: 'AllAssigned', message: `${countThings(declared, 'device has', 'devices have')} a worker` }
  const named = listNames(unassigned.map(({ name, reason }) => `${name} (${reason})`))
  const things = countThings(unassigned.length, 'device is', 'devices are')
  const [first] = unassigned
  const remedy = first === undefined ? '' : `; ${first.name}: ${first.message}`
  return { reason: 'DevicesUnassigned', message: `${things} served by no worker: ${named}${remedy}` }
}

function findConflict(duplicates: readonly DuplicateAddress[]): RackFindings['Conflict'] {
  if (duplicates.length === 0) return null
  const named = listNames(duplicates.map(({ name, address, keptBy }) => `${name} has ${address} of device ${keptBy}`))
  return { reason: 'DuplicateAddress', message: `${named}; correct one of each two` }
}

function findWell(declared: number): ReadyFinding<typeof rackConditions> {
  if (declared === 0) return { reason: 'NoDevices', message: 'the rack declares no device' }
  return { reason: 'AllRegistered', message: `${countThings(declared, 'device is', 'devices are')} registered` }
}
