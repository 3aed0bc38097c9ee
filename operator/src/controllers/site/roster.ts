import { dhtPort, type RosterCaller, type RosterWorker } from '../../../../runtime/src/contract/index.ts'
import { compareTexts } from '../../assignment/seniority.ts'
import { workerHost } from '../../resources/addresses.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import type { SeenShard } from '../shard-state.ts'

/** Name of App Node among the callers of ORK. */
const appNodeCaller = 'app-node'

/**
 * Workers that ORK should have: every shard that is run and has a key. A key Secret that somebody copied gives two of them one
 * key; only the first is listed, since ORK takes no roster in which nobody could say who is meant.
 */
export function rosterWorkers(facts: SiteFacts, shards: readonly SeenShard[]): RosterWorker[] {
  const taken = new Set<string>()
  return [...shards]
    .sort((a, b) => compareTexts(a.shard.workerId, b.shard.workerId))
    .flatMap(({ shard, publicKey }) => {
      if (publicKey === null || shard.nameTakenBy !== null || taken.has(publicKey)) return []
      taken.add(publicKey)
      return [{ workerId: shard.workerId, publicKey, host: workerHost(facts, shard.workerId), port: dhtPort }]
    })
}

/** Who may call ORK: App Node, and whom the spec lists. */
export function rosterCallers(appNodePublicKey: string | null, allowed: readonly RosterCaller[]): RosterCaller[] {
  const listed = allowed.map(({ name, publicKey }) => ({ name, publicKey }))
  return appNodePublicKey === null ? listed : [{ name: appNodeCaller, publicKey: appNodePublicKey }, ...listed]
}
