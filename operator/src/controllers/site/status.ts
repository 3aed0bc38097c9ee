// The status of a site, of what was seen, what was decided and what the API server refused. Pure.
import { formatDiagnosis, topicHash } from '../../../../runtime/src/contract/index.ts'
import { type Component, labels } from '../../api/group.ts'
import { type MdkSiteStatus, type SiteReason, siteConditions } from '../../api/v1alpha1/index.ts'
import type { Deployment, Pod } from '../../kube/types.ts'
import { dhtNodes } from '../../resources/addresses.ts'
import { type Complete, conditionsOf, earlierFinding, type Finding, type Findings } from '../conditions.ts'
import {
  type DeviceTotals,
  diagnosisNote,
  findHealthy,
  findRegistered,
  firstTrouble,
  heardDiagnosis,
  statusUnreachable,
  sumShards,
  troubleNote,
} from '../device-findings.ts'
import { countThings, listNames } from '../messages.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import { findPodTrouble } from '../pod-trouble.ts'
import { decideShardState, isPodReady, type ShardState } from '../shard-state.ts'
import { formatRefusal, formatSetbacks, isRefusal, type Setback } from '../steps.ts'
import type { SitePlan } from './decide.ts'
import { worstFinding } from './identities.ts'
import type { SeenIdentity } from './identity.ts'
import { takenMessage } from './identity-messages.ts'
import { knownIdentities } from './known-identities.ts'
import type { SeenSite } from './seen-site.ts'

/** Fewer DHT nodes than these, and a lookup may miss what another node has. */
const quorum = 2

export type SiteReport = Complete<MdkSiteStatus> & {
  devices: { declared: number; assigned: number; registered: number; healthy: number }
}

type SiteFindings = Findings<typeof siteConditions>

export function siteStatus(seen: SeenSite, plan: SitePlan, setbacks: readonly Setback[]): SiteReport {
  const { site } = seen
  const states = seen.shards.map((shard) => decideShardState(shard, seen.orkKnowledge))
  const totals = sumShards(states)
  const declared = [...seen.assignment.racks.values()].reduce((sum, rack) => sum + rack.declared, 0)
  const { assigned, registered, healthy } = totals
  return {
    observedGeneration: site.metadata.generation,
    ...identityFacts(seen, plan),
    workers: { desired: states.length, ready: states.filter(({ reason }) => reason === 'Ready').length },
    devices: { declared, assigned, registered, healthy },
    conditions: conditionsOf(siteConditions, site, findAll(seen, plan, setbacks, { states, totals, declared }), {
      before: null,
      otherwise: { reason: 'Serving', message: servingMessage(registered, states.length) },
    }),
  }
}

/** An identity that is lost for the moment is still shown: that it existed is what forbids to make another. */
function identityFacts({ site, identities }: SeenSite, plan: SitePlan) {
  const known = knownIdentities(site)
  /** A value is told when its Secret holds it (I5): what was only just made may have been made by another too. */
  const stored = <Value>({ own }: SeenIdentity, value: Value | null): Value | null => (own === null ? null : value)
  const { topic, orkKey, appNodeKey } = plan.identities
  const ork = stored(identities.orkKey, orkKey.value)?.publicKey ?? known.orkPublicKey
  const appNode = stored(identities.appNodeKey, appNodeKey.value)?.publicKey ?? known.appNodePublicKey
  const storedTopic = stored(identities.topic, topic.value)
  const hash = storedTopic === null ? known.topicHash : topicHash(storedTopic)
  return {
    ...(ork === null ? {} : { ork: { publicKey: ork } }),
    ...(appNode === null ? {} : { appNode: { publicKey: appNode } }),
    ...(hash === null ? {} : { discovery: { topicHash: hash } }),
  }
}

interface Counted {
  readonly states: readonly ShardState[]
  readonly totals: DeviceTotals
  readonly declared: number
}

function findAll(
  seen: SeenSite,
  plan: SitePlan,
  setbacks: readonly Setback[],
  { states, totals, declared }: Counted,
): SiteFindings {
  const earlier = <Type extends keyof typeof siteConditions>(type: Type) =>
    earlierFinding(siteConditions, seen.site, type)
  return {
    IdentityReady: findIdentity(seen, plan, setbacks),
    DiscoveryReady: findDiscovery(seen, setbacks),
    OrkAvailable: findOrk(seen, plan, setbacks),
    AppNodeAvailable: findAppNode(seen, setbacks),
    WorkersReady: findWorkers(seen, states, setbacks),
    DevicesRegistered: findDevices(seen, plan, { totals, declared }),
    DevicesHealthy: findHealthy(totals, seen.orkKnowledge, earlier('DevicesHealthy')),
  }
}

function findIdentity(
  { facts, identities }: SeenSite,
  plan: SitePlan,
  setbacks: readonly Setback[],
): SiteFindings['IdentityReady'] {
  const worst = worstFinding(plan.identities)
  if (worst !== null) return parseIdentityFinding(worst)
  const taken = setbacks.find(({ kind }) => kind === 'taken')
  if (taken !== undefined) {
    const { kind, metadata } = taken.object
    return { reason: 'NameTaken', message: takenMessage(kind, metadata.name ?? '', facts.name) }
  }
  const refused = setbacks.filter(isRefusal).find(({ object }) => object.kind === 'Secret')
  if (refused !== undefined) return { reason: 'SecretRefused', message: formatRefusal(refused) }
  const { topic, orkKey, appNodeKey, tokens, admin } = identities
  const hindrance = formatSetbacks(setbacks.filter(({ object }) => object.kind === 'Secret'))
  // Tokens are nobody's identity: that they are made again, since somebody revoked them, disturbs nothing.
  const made = hindrance === '' ? [topic, orkKey, appNodeKey] : [topic, orkKey, appNodeKey, tokens, admin]
  if (made.some(({ own }) => own === null)) {
    return { reason: 'Starting', message: `Secrets of the site are being made${hindrance}` }
  }
  return { reason: 'InUse', message: 'topic, keys and tokens are valid and in use' }
}

function parseIdentityFinding({ reason, message }: Finding<SiteReason>): SiteFindings['IdentityReady'] {
  const { reasons } = siteConditions.IdentityReady
  const isOwn = (name: string): name is keyof typeof reasons => Object.hasOwn(reasons, name)
  if (!isOwn(reason)) throw new Error(`IdentityReady has no reason ${reason}`)
  return { reason, message }
}

function findDiscovery(seen: SeenSite, setbacks: readonly Setback[]): SiteFindings['DiscoveryReady'] {
  const note = setbackNote(setbacks, 'dht')
  const counted = countDhtNodes(seen)
  const trouble = troubleNote(findPodTrouble(seen.pods.dht))
  if (note !== '') return { reason: 'NoQuorum', message: `${counted}, and not as declared${note}` }
  if ((seen.dht?.status?.readyReplicas ?? 0) < quorum) {
    return { reason: 'NoQuorum', message: `${counted}, ${quorum} are needed${trouble}` }
  }
  const diagnosis = heardDiagnosis(seen.orkKnowledge)
  if (diagnosis?.about === 'discovery') return { reason: 'Impaired', message: formatDiagnosis(diagnosis) }
  return { reason: 'QuorumReady', message: counted }
}

function countDhtNodes({ dht }: SeenSite): string {
  return `${dht?.status?.readyReplicas ?? 0} of ${dhtNodes} DHT nodes are ready`
}

function findOrk(seen: SeenSite, plan: SitePlan, setbacks: readonly Setback[]): SiteFindings['OrkAvailable'] {
  const { ork, orkKnowledge, site } = seen
  const lacking = podNote('ORK', ork, seen.pods.ork, setbackNote(setbacks, 'ork'))
  if (lacking !== null) return { reason: 'PodNotReady', message: lacking }
  if (orkKnowledge.kind === 'silent') return findSilence(seen, orkKnowledge)
  if (orkKnowledge.kind === 'awaited' || orkKnowledge.kind === 'absent') {
    const starting = { reason: 'Starting', message: 'ORK is ready and its status is awaited' } as const
    return earlierFinding(siteConditions, site, 'OrkAvailable') ?? starting
  }
  const declared = plan.identities.orkKey.wanted?.publicKey ?? knownIdentities(site).orkPublicKey
  const { publicKey } = orkKnowledge.view
  if (declared !== null && publicKey !== declared) {
    return { reason: 'OrkKeyMismatch', message: `ORK runs under ${publicKey}, and ${declared} is declared` }
  }
  return { reason: 'Available', message: `ORK serves under ${publicKey}` }
}

/** ORK can't say what it lacks: what can be seen from outside is better than nothing. */
function findSilence(seen: SeenSite, ork: Extract<OrkKnowledge, { kind: 'silent' }>): SiteFindings['OrkAvailable'] {
  const { reason, message } = statusUnreachable(ork)
  const service = seen.dhtService === null ? 'their Service is missing' : 'their Service is there'
  return { reason, message: `${message}; ORK's pod is ready, ${countDhtNodes(seen)} and ${service}` }
}

function findAppNode({ appNode, pods }: SeenSite, setbacks: readonly Setback[]): SiteFindings['AppNodeAvailable'] {
  const lacking = podNote('App Node', appNode, pods.appNode, setbackNote(setbacks, 'app-node'))
  return lacking === null
    ? { reason: 'Available', message: 'App Node serves' }
    : { reason: 'PodNotReady', message: lacking }
}

function findWorkers(
  { orkKnowledge }: SeenSite,
  states: readonly ShardState[],
  setbacks: readonly Setback[],
): SiteFindings['WorkersReady'] {
  const note = setbackNote(setbacks, 'worker')
  const waiting = states.filter(({ reason }) => reason !== 'Ready')
  const counted = `${states.length - waiting.length} of ${states.length} workers are ready`
  if (waiting.length > 0) {
    const named = listNames(waiting.map(({ shard, reason }) => `${shard.workerId} (${reason})`))
    const trouble = troubleNote(firstTrouble(states))
    const cause = trouble + note
    const why = cause === '' ? diagnosisNote(heardDiagnosis(orkKnowledge)) : cause
    return { reason: 'ShardsNotReady', message: `${counted}; not yet: ${named}${why}` }
  }
  if (note !== '') return { reason: 'ShardsNotReady', message: `${counted}${note}` }
  if (states.length === 0) return { reason: 'NoWorkers', message: 'no worker is needed' }
  return { reason: 'AllReady', message: `all ${states.length} workers are ready` }
}

/** The roster says who is a worker and who may call: while ORK reads an earlier one, what is declared isn't so yet. */
function findRoster({ orkKnowledge }: SeenSite, { files }: SitePlan): SiteFindings['DevicesRegistered'] {
  if (orkKnowledge.kind !== 'heard') return null
  const { roster } = orkKnowledge.view.files
  if (roster === undefined || roster === files['roster']) return null
  return { reason: 'DevicesNotRegistered', message: 'ORK still reads an earlier roster than the one that was written' }
}

function findDevices(
  seen: SeenSite,
  plan: SitePlan,
  { totals, declared }: Pick<Counted, 'totals' | 'declared'>,
): SiteFindings['DevicesRegistered'] {
  const roster = findRoster(seen, plan)
  if (declared === 0) return roster ?? { reason: 'NoDevices', message: 'no rack of the site declares a device' }
  if (seen.orkKnowledge.kind === 'silent') return statusUnreachable(seen.orkKnowledge)
  const unassigned = [...seen.assignment.racks.values()].flatMap((rack) =>
    rack.unassigned.map(({ name }) => `${rack.rack}.${name}`),
  )
  if (unassigned.length > 0) {
    const things = countThings(unassigned.length, 'device is', 'devices are')
    return {
      reason: 'DevicesUnassigned',
      message: `${things} served by no worker: ${listNames(unassigned)}; their racks say why`,
    }
  }
  const { orkKnowledge: ork, site } = seen
  const earlier = earlierFinding(siteConditions, site, 'DevicesRegistered')
  const found = findRegistered(totals, ork, earlier, heardDiagnosis(ork))
  return found.reason === 'AllRegistered' ? (roster ?? found) : found
}

function servingMessage(registered: number, workers: number): string {
  const devices = countThings(registered, 'device is', 'devices are')
  return `${devices} registered, with ${countThings(workers, 'worker', 'workers')}`
}

/** What a component lacks; null if nothing. A pod that is ready doesn't count while something of it can't be written. */
function podNote(what: string, deployment: Deployment | null, pods: readonly Pod[], setback: string): string | null {
  if (!isPodReady(deployment)) {
    const missing = deployment === null ? ': what it needs is not all there yet' : ''
    const trouble = troubleNote(findPodTrouble(pods, deployment))
    return `${what} has no ready pod${missing}${trouble}${setback}`
  }
  return setback === '' ? null : `${what} runs, and not as declared${setback}`
}

/** What kept an object of a component from being written. Secrets are IdentityReady's. */
function setbackNote(setbacks: readonly Setback[], component: Component): string {
  return formatSetbacks(
    setbacks.filter(
      ({ object: { kind, metadata } }) => kind !== 'Secret' && metadata.labels?.[labels.component] === component,
    ),
  )
}
