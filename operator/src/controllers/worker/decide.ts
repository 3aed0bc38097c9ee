// Decides what a worker needs written. Pure.
// Invariants:
//   W1 a shard's pod is made when everything that it mounts is there
//   W2 without its site a worker runs nothing, and keeps its keys and device lists for the site's return
//   W3 a device that comes or goes changes the device list and nothing else
//   W4 a driver or model that this release doesn't know takes nothing away: another release knew it
//   W5 a key that is written over a bad one counts when its Secret was seen to hold it: one that is refused restarts nothing
import { keyPairOfSeed } from '../../../../runtime/src/contract/index.ts'
import { shardObjectNames } from '../../api/v1alpha1/index.ts'
import type { Secret } from '../../kube/types.ts'
import { deviceListOf } from '../../resources/device-list.ts'
import { desiredDeviceListSecret, isTooLarge } from '../../resources/device-list-secret.ts'
import { desiredWorkerKeySecret } from '../../resources/key-secrets.ts'
import type { ShardFacts } from '../../resources/site-facts.ts'
import { desiredWorkerDeployment } from '../../resources/worker-deployment.ts'
import { decideRefreshes, type Refreshes } from '../decide-refreshes.ts'
import { keepSecret } from '../keep-secret.ts'
import { type Owner, ownershipOf, workerOwner } from '../ownership.ts'
import { parseKeySecret } from '../parse-key-secret.ts'
import { earliest, type Plan, type PlannedEvent, type Step, soonAgainMs } from '../steps.ts'
import type { SeenOwnShard, SeenWorker, SeenWorkerSite } from './seen-worker.ts'

export function decideWorker(seen: SeenWorker, nowMs: number): Plan {
  const removals: Step[] = seen.leftovers.map((object) => ({ kind: 'remove', object }))
  const { site } = seen
  if (site === null) return { stages: [removals], events: [], againMs: null } // W2
  const parts = seen.shards
    .filter(({ shard }) => shard.nameTakenBy === null)
    .map((shard) => decideShard(seen, site, shard, nowMs))
  return {
    stages: [
      parts.flatMap(({ secrets }) => secrets),
      [...parts.flatMap(({ deployment }) => deployment), ...removals],
      parts.flatMap(({ refreshes }) => refreshes),
    ],
    events: [],
    againMs: earliest(...parts.map(({ againMs }) => againMs)),
  }
}

interface ShardParts {
  readonly secrets: readonly Step[]
  readonly deployment: readonly Step[]
  readonly refreshes: readonly Step[]
  readonly againMs: number | null
}

function decideShard(
  { worker, orkKnowledge, refreshes }: SeenWorker,
  site: SeenWorkerSite,
  seen: SeenOwnShard,
  nowMs: number,
): ShardParts {
  const { name, uid } = worker.metadata
  const { shard } = seen
  const facts = { site: site.facts, worker: { name, uid }, shard: shard.id, workerId: shard.workerId }
  const owner = workerOwner(worker.metadata)
  const key = decideKey(facts, seen, owner)
  const lists = isTooLarge(shard.devices) ? [] : [decideList(facts, seen)]
  const mounted = site.complete && (lists.length > 0 || seen.devices !== null)
  const run = key.publicKey !== null && (mounted || seen.deployment !== null) // W1
  const names = shardObjectNames(shard.workerId)
  const needs = [`Secret ${names.keySecret}`, `Secret ${names.devicesSecret}`]
  const refresh = decideListRefresh(seen, { orkKnowledge, refreshes }, nowMs)
  const leaving = seen.key !== null && ownershipOf(seen.key, owner) === 'leaving'
  return {
    secrets: [...key.steps, ...lists],
    deployment: run
      ? [{ kind: 'apply', object: desiredWorkerDeployment(facts, shard, key.publicKey), needs, event: null }]
      : [],
    refreshes: refresh.steps,
    againMs: leaving ? earliest(refresh.againMs, soonAgainMs) : refresh.againMs,
  }
}

interface KeyDecision {
  /** What the shard runs under; null while it can't be known. */
  readonly publicKey: string | null
  readonly steps: readonly Step[]
}

/** Nobody outside the site knows a worker's key, so one that is gone or of no use is made again: the roster follows. */
function decideKey(facts: ShardFacts, seen: SeenOwnShard, owner: Owner): KeyDecision {
  const { key, freshSeed } = seen
  if (key === null) {
    const fresh = keyPairOfSeed(freshSeed)
    const object = desiredWorkerKeySecret(facts, fresh)
    const event = wasThere(seen) ? goneEvent(object) : null
    return { publicKey: fresh.publicKey, steps: [{ kind: 'create', object, then: null, event }] }
  }
  const ownership = ownershipOf(key, owner)
  if (ownership !== 'ours') return { publicKey: null, steps: [] }
  const parsed = parseKeySecret(key)
  if (parsed.kind === 'ok') {
    const kept = { ...desiredWorkerKeySecret(facts, parsed.value), data: key.data ?? {} }
    return { publicKey: parsed.value.publicKey, steps: keepSecret(kept, key, owner) }
  }
  const desired = desiredWorkerKeySecret(facts, keyPairOfSeed(freshSeed))
  const note = `Secret ${desired.metadata.name ?? ''} can't be used as a key and was made again: ${parsed.message}`
  const event = { type: 'Warning', reason: parsed.reason, action: 'Generate', note } as const
  return { publicKey: null, steps: keepSecret(desired, key, owner, event) } // W5
}

/** Applying it writes nothing if it is as it should be, and then tells nothing. */
function decideList(facts: ShardFacts, seen: SeenOwnShard): Step {
  const object = desiredDeviceListSecret(facts, seen.shard.devices)
  const event = seen.devices === null && wasThere(seen) ? goneEvent(object, 'DeviceListRestored') : null
  return { kind: 'apply', object, needs: [], event }
}

/** Whether the shard had a key once. Its status names none for the moment in which one that was lost is made again. */
function wasThere({ deployment, earlier }: SeenOwnShard): boolean {
  return deployment !== null || earlier?.publicKey !== undefined
}

function goneEvent({ metadata: { name = '' } }: Secret, reason = 'KeyGenerated'): PlannedEvent {
  return { type: 'Normal', reason, action: 'Generate', note: `made Secret ${name} again: it was gone` }
}

/** W3: the pod is touched until the worker reports the list that was written. */
function decideListRefresh(
  { shard, publicKey, pods }: SeenOwnShard,
  { orkKnowledge, refreshes }: Pick<SeenWorker, 'orkKnowledge' | 'refreshes'>,
  nowMs: number,
): Refreshes {
  const wanted = deviceListOf(shard.devices).revision
  const listed = orkKnowledge.kind === 'heard' ? orkKnowledge.view.workers.get(shard.workerId) : undefined
  // A worker that ORK hasn't, or that doesn't say what it runs, says nothing.
  const owed = listed?.publicKey === publicKey && listed.revision !== null && listed.revision !== wanted
  const asked = pods.map((pod) => ({ pod, wanted, owed }))
  return decideRefreshes(asked, refreshes, nowMs)
}
