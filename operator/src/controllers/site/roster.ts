import { dhtPort, type RosterCaller, type RosterWorker } from '../../../../runtime/src/contract/index.ts'
import { compareTexts } from '../../assignment/seniority.ts'
import { workerHost } from '../../resources/addresses.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import type { SeenShard } from '../shard-state.ts'
import type { StrayWorker } from './seen-site.ts'

/** Name of App Node among the callers of ORK. */
const appNodeCaller = 'app-node'

/**
 * Workers that ORK should have: every shard that is run and has a key, and what runs on without being understood. A key Secret
 * that somebody copied gives two of them one key; only the first is listed, since ORK takes no roster in which nobody could
 * say who is meant.
 */
export function rosterWorkers(
  facts: SiteFacts,
  shards: readonly SeenShard[],
  strays: readonly StrayWorker[],
): RosterWorker[] {
  const run = shards.flatMap(({ shard: { nameTakenBy, workerId }, publicKey }) =>
    publicKey === null || nameTakenBy !== null ? [] : [{ workerId, publicKey }],
  )
  const ids = new Set(run.map(({ workerId }) => workerId))
  const listed = [...run, ...strays.filter(({ workerId }) => !ids.has(workerId))].sort((a, b) =>
    compareTexts(a.workerId, b.workerId),
  )
  const firstWithKey = new Map(listed.toReversed().map((worker) => [worker.publicKey, worker]))
  return listed
    .filter((worker) => firstWithKey.get(worker.publicKey) === worker)
    .map(({ workerId, publicKey }) => ({ workerId, publicKey, host: workerHost(facts, workerId), port: dhtPort }))
}

/** Who may call ORK: App Node, and whom the spec lists. */
export function rosterCallers(appNodePublicKey: string | null, allowed: readonly RosterCaller[]): RosterCaller[] {
  const listed = allowed.map(({ name, publicKey }) => ({ name, publicKey }))
  return appNodePublicKey === null ? listed : [{ name: appNodeCaller, publicKey: appNodePublicKey }, ...listed]
}
