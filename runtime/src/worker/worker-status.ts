import type { WorkerConfig } from '../config.ts'
import type { Diagnosis } from '../contract/diagnosis.ts'
import type { DeviceSet } from './device-set.ts'
import type { HostedDevice, HostedStatus } from './hosted-device.ts'
import type { KeptMemory } from './memory/keep-memory.ts'

export interface WorkerDetailInput {
  readonly config: WorkerConfig
  readonly devices: Pick<DeviceSet, 'list' | 'revision'>
  readonly memory: Pick<KeptMemory, 'current' | 'problem'>
  /** ORK's key, the only one that is let in. */
  readonly admits: string | null
  /** Keys that are connected now. */
  readonly callers: readonly string[]
  /** Keys that were turned away lately. */
  readonly refused: readonly string[]
  readonly keyAnnounced: boolean
  readonly topicAnnounced: boolean
  /** Why ORK doesn't find the worker; null while it does. */
  readonly diagnosis: Diagnosis | null
}

/** How many devices with a problem are named. */
const namedLimit = 100

/** The detail of a worker's status, for people. */
export function workerDetail(input: WorkerDetailInput): Readonly<Record<string, unknown>> {
  const { config, devices, memory, admits, callers, refused, keyAnnounced, topicAnnounced, diagnosis } = input
  const list = devices.list()
  const ailing = list.filter((device) => device.state().error !== null)
  return {
    workerId: config.workerId,
    driver: config.driver,
    model: config.model,
    rack: config.rack,
    instanceId: memory.current()?.instanceId ?? null,
    memory: {
      commands: memory.current()?.size ?? 0,
      owedResults: memory.current()?.owed ?? 0,
      problem: memory.problem(),
    },
    revision: devices.revision(),
    devices: { total: list.length, ...countByStatus(list) },
    deviceProblems: Object.fromEntries(
      ailing.slice(0, namedLimit).map((device) => [device.entry.id, device.state().error]),
    ),
    admission:
      admits === null
        ? { orkPublicKey: null, problem: 'discovery.json names no ORK key; nobody is admitted until it does' }
        : { orkPublicKey: admits, problem: null },
    callers,
    refused,
    keyAnnounced,
    topicAnnounced,
    diagnosis,
  }
}

export function countByStatus(devices: readonly HostedDevice[]): Readonly<Record<HostedStatus, number>> {
  const count = { unknown: 0, online: 0, offline: 0 }
  for (const device of devices) count[device.state().status] += 1
  return count
}
