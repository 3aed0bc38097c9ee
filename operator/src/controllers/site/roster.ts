import { dhtPort, type RosterCaller, type RosterWorker } from '../../../../runtime/src/contract/index.ts'
import { workerHost } from '../../resources/addresses.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import type { SeenShard } from '../shard-state.ts'

/** Name of App Node among the callers of ORK. */
const appNodeCaller = 'app-node'

/** Workers that ORK should have: every shard that is run and has a key. */
export function rosterWorkers(facts: SiteFacts, shards: readonly SeenShard[]): RosterWorker[] {
  return shards.flatMap(({ shard, publicKey }) =>
    publicKey === null || shard.nameTakenBy !== null
      ? []
      : [{ workerId: shard.workerId, publicKey, host: workerHost(facts, shard.workerId), port: dhtPort }],
  )
}

/** Who may call ORK: App Node, and whom the spec lists. */
export function rosterCallers(appNodePublicKey: string | null, allowed: readonly RosterCaller[]): RosterCaller[] {
  const listed = allowed.map(({ name, publicKey }) => ({ name, publicKey }))
  return appNodePublicKey === null ? listed : [{ name: appNodeCaller, publicKey: appNodePublicKey }, ...listed]
}
