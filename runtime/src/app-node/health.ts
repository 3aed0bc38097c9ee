import type { OrkConnection } from '../client/ork-client.ts'
import { isServing, type ListedWorker } from '../client/ork-replies.ts'
import { type Diagnosis, formatDiagnosis } from '../contract/diagnosis.ts'
import type { LinkFailure } from '../net/link.ts'
import type { WorkerList } from './worker-view.ts'

/** What health is made of. */
export interface HealthFacts {
  readonly connection: OrkConnection
  /** ORK's public key in hex; null if App Node knows none. */
  readonly orkPublicKey: string | null
  /** null if ORK wasn't asked or didn't answer in time. */
  readonly workers: WorkerList | null
  /** Why a mounted folder can't be used, by folder. */
  readonly fileProblems: Readonly<Record<string, string>>
  /** Why ORK isn't reached, for 15 s now; null otherwise. */
  readonly diagnosis: Diagnosis | null
  /** Whether the caller may see keys and the workers one by one. */
  readonly detailed: boolean
}

export interface Health {
  /** `ok` when ORK answers, every worker is ready and every file is in order. */
  readonly status: 'ok' | 'degraded'
  readonly ork: {
    readonly reachable: boolean
    readonly publicKeyConfigured: boolean
    /** Why it isn't reachable, with what to do; null when it is. */
    readonly problem: string | null
    /** Code of what was found when ORK couldn't be reached for 15 s (docs/reference/diagnoses.md); null otherwise. */
    readonly diagnosis: string | null
    readonly publicKey?: string | null
  }
  /** As in ORK's registry; null when ORK doesn't answer. Ready is registered and alive. */
  readonly workers: { readonly total: number; readonly ready: number; readonly list?: readonly HealthWorker[] } | null
  /**
   * Devices of all workers, of those that are ready, and what of these is online without a fault (null if ORK doesn't say that); null
   * when ORK doesn't answer.
   */
  readonly devices: { readonly total: number; readonly ready: number; readonly healthy: number | null } | null
  readonly problems: Readonly<Record<string, string>>
}

interface HealthWorker {
  readonly workerId: string
  readonly publicKey: string
  readonly driver: string | null
  readonly model: string | null
  readonly state: string
  readonly health: string
  readonly devices: number
}

export function formatHealth(facts: HealthFacts): Health {
  const { workers, fileProblems: problems, detailed } = facts
  const list = workers?.kind === 'ok' ? workers.value : null
  if (list === null) {
    return { status: 'degraded', ork: formatOrk(facts, false), workers: null, devices: null, problems }
  }
  const ready = list.filter(isServing)
  const isOk = ready.length === list.length && Object.keys(problems).length === 0
  const counts = { total: list.length, ready: ready.length }
  return {
    status: isOk ? 'ok' : 'degraded',
    ork: formatOrk(facts, true),
    workers: detailed ? { ...counts, list: list.map(formatWorker) } : counts,
    devices: { total: countDevices(list), ready: countDevices(ready), healthy: countHealthy(ready) },
    problems,
  }
}

function formatOrk(facts: HealthFacts, reachable: boolean): Health['ork'] {
  const { diagnosis, detailed, orkPublicKey } = facts
  return {
    reachable,
    publicKeyConfigured: orkPublicKey !== null,
    problem: reachable ? null : problemOf(facts),
    diagnosis: reachable ? null : (diagnosis?.code ?? null),
    ...(detailed ? { publicKey: orkPublicKey } : {}),
  }
}

function countDevices(workers: readonly ListedWorker[]): number {
  return workers.reduce((count, { deviceIds }) => count + deviceIds.length, 0)
}

function countHealthy(ready: readonly ListedWorker[]): number | null {
  let healthy = 0
  for (const { deviceIds, unhealthyDeviceIds } of ready) {
    if (unhealthyDeviceIds === null) return null
    healthy += deviceIds.length - unhealthyDeviceIds.length
  }
  return healthy
}

function formatWorker({ workerId, rpcKey, driver, model, state, healthState, deviceIds }: ListedWorker): HealthWorker {
  return { workerId, publicKey: rpcKey, driver, model, state, health: healthState, devices: deviceIds.length }
}

/** A diagnosis names keys and addresses, which aren't for everybody. */
function problemOf({ connection, diagnosis, detailed, workers }: HealthFacts): string {
  if (diagnosis !== null && detailed) return formatDiagnosis(diagnosis)
  switch (connection.kind) {
    case 'keyless':
      return 'no ORK public key is known; put it into discovery.json as orkPublicKey, it is read at once'
    case 'dialling':
      return connection.failure === null ? 'ORK is being dialled' : failureTexts[connection.failure]
    case 'connected':
      return workers?.kind === 'failed' ? workers.message : 'ORK is connected but did not answer in time'
  }
}

const failureTexts: Readonly<Record<LinkFailure, string>> = {
  unreachable: 'ORK cannot be reached; see whether it runs, whether its key is the one in discovery.json, and the DHT',
  timeout: 'ORK does not answer; see whether it runs and whether UDP gets through',
  closed: 'ORK closed the connection; see whether this App Node is among the callers in its roster',
  refused: 'ORK refuses this App Node; add its public key to the callers in the roster',
}
