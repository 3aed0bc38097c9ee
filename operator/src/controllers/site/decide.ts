// Decides what a site needs written. Pure: everything it depends on is in what was seen.
// Invariants:
//   S1 what needs no identity waits for none
//   S2 a Deployment is made when everything that its pod mounts is there, and left alone while something is missing
//   S3 nothing that runs is taken away because of a problem
//   S4 a key or topic is made known to the site when its Secret holds it, and not while the API server refuses to write it
import { folderHash, topicHash, withoutFinalNewline } from '../../../../runtime/src/contract/index.ts'
import { siteObjectNames } from '../../api/v1alpha1/index.ts'
import type { ConfigMap, KubeObject, Secret } from '../../kube/types.ts'
import { desiredAppNodeDeployment } from '../../resources/app-node-deployment.ts'
import { desiredDiscoveryConfigMap, desiredRosterConfigMap } from '../../resources/config-maps.ts'
import { desiredDhtDisruptionBudget } from '../../resources/dht-disruption-budget.ts'
import { desiredDhtStatefulSet } from '../../resources/dht-stateful-set.ts'
import { desiredNetworkPolicies } from '../../resources/network-policies.ts'
import { desiredOrkDeployment } from '../../resources/ork-deployment.ts'
import { desiredOrkVolumeClaim } from '../../resources/ork-volume-claim.ts'
import { secretText } from '../../resources/secret.ts'
import {
  desiredAppNodeService,
  desiredDhtService,
  desiredOrkService,
  desiredPeersService,
} from '../../resources/services.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import { besideController, siteOwner } from '../ownership.ts'
import { applyStep, earliest, type Plan, type PlannedEvent, type Step } from '../steps.ts'
import { decideVolume } from './decide-volume.ts'
import { decideIdentities, type Identities } from './identities.ts'
import type { IdentityDecision } from './identity.ts'
import { knownIdentities } from './known-identities.ts'
import { rosterCallers, rosterWorkers } from './roster.ts'
import type { SeenIdentities, SeenSite } from './seen-site.ts'
import { decideSiteRefreshes } from './site-refreshes.ts'

/** The writes of one run, with what the status is made of besides what was seen. */
export interface SitePlan extends Plan {
  readonly identities: Identities
  /** Content hashes of the site's live files, by folder. */
  readonly files: Readonly<Record<string, string>>
}

export function decideSite(seen: SeenSite, nowMs: number): SitePlan {
  const identities = decideIdentities(seen)
  const configMaps = decideConfigMaps(seen, identities)
  const files = hashFiles(identities, configMaps, seen.identities)
  const refreshes = decideSiteRefreshes(seen, files, nowMs)
  return {
    stages: [
      [...identitySteps(identities), ...independentObjects(seen).map(applyStep)],
      pointers(seen.facts, configMaps),
      workloads(seen, identities),
      refreshes.steps,
    ],
    events: [
      ...identities.topic.events,
      ...identities.orkKey.events,
      ...identities.appNodeKey.events,
      ...volumeEvents(seen),
    ],
    againMs: earliest(refreshes.againMs, ...Object.values(identities).map(againOf)),
    identities,
    files,
  }
}

/** A volume that was retained holds the registry and the commands of an earlier site. */
function volumeEvents({ site, volume }: SeenSite): PlannedEvent[] {
  const { name = '', creationTimestamp } = volume?.metadata ?? {}
  const { orkPublicKey } = knownIdentities(site)
  const isOlder = creationTimestamp !== undefined && creationTimestamp < site.metadata.creationTimestamp
  if (!isOlder || orkPublicKey !== null) return []
  const note = `took up ORK's volume from PersistentVolumeClaim ${name}, which was there before the site`
  return [{ type: 'Normal', reason: 'IdentityReused', action: 'Adopt', note }]
}

function againOf({ againMs }: IdentityDecision<unknown>): number | null {
  return againMs
}

function identitySteps({ topic, orkKey, appNodeKey, tokens, admin }: Identities): Step[] {
  return [...topic.steps, ...orkKey.steps, ...appNodeKey.steps, ...tokens.steps, ...admin.steps]
}

interface SiteConfigMaps {
  readonly discovery: ConfigMap
  readonly roster: ConfigMap
}

/** A key that is lost for the moment is still the one that everybody runs with. */
function decideConfigMaps(
  { facts, shards, site, strayWorkers }: SeenSite,
  { appNodeKey, orkKey, topic }: Identities,
): SiteConfigMaps {
  const known = knownIdentities(site)
  const appNodePublicKey = appNodeKey.value?.publicKey ?? known.appNodePublicKey
  return {
    discovery: desiredDiscoveryConfigMap(facts, {
      orkPublicKey: orkKey.value?.publicKey ?? known.orkPublicKey,
      topicHash: topic.value === null ? known.topicHash : topicHash(topic.value),
    }),
    roster: desiredRosterConfigMap(facts, {
      workers: rosterWorkers(facts, shards, strayWorkers),
      callers: rosterCallers(appNodePublicKey, site.spec?.ork?.allowedCallers ?? []),
    }),
  }
}

/** As the processes report them: of the files' texts, byte for byte. */
function hashFiles(
  { topic, tokens, admin }: Identities,
  { discovery, roster }: SiteConfigMaps,
  own: SeenIdentities,
): Record<string, string> {
  const hashes = {
    discovery: folderHash('discovery', discovery.data ?? {}),
    roster: folderHash('roster', roster.data ?? {}),
    topic: topic.value === null ? null : folderHash('topic', { topic: topicText(topic.value, own.topic.own) }),
    admin: admin.value === null ? null : folderHash('admin', { token: adminText(admin.value, own.admin.own) }),
    tokens: tokens.value === null ? null : folderHash('tokens', { ...tokens.value }),
  }
  return Object.fromEntries(Object.entries(hashes).flatMap(([folder, hash]) => (hash === null ? [] : [[folder, hash]])))
}

/** An adopted Secret may end with a newline, which is dropped when it is read. */
function topicText(topic: string, own: Secret | null): string {
  const text = own === null ? undefined : secretText(own, 'topic')
  return text !== undefined && withoutFinalNewline(text) === topic ? text : topic
}

/** All tokens that are valid; the operator itself uses the first. */
function adminText(token: string, own: Secret | null): string {
  return (own === null ? undefined : secretText(own, 'token')) ?? token
}

/** S4 */
function pointers({ name }: SiteFacts, { discovery, roster }: SiteConfigMaps): Step[] {
  const { orkKeySecret, appNodeKeySecret, topicSecret } = siteObjectNames(name)
  return [
    { kind: 'apply', object: discovery, needs: [`Secret ${orkKeySecret}`, `Secret ${topicSecret}`], event: null },
    { kind: 'apply', object: roster, needs: [`Secret ${appNodeKeySecret}`], event: null },
  ]
}

/** S1 */
function independentObjects(seen: SeenSite): KubeObject[] {
  const { facts } = seen
  return [
    desiredDhtService(facts),
    desiredDhtDisruptionBudget(facts),
    desiredPeersService(facts),
    desiredOrkService(facts),
    volumeClaim(seen),
    desiredAppNodeService(facts),
    ...desiredNetworkPolicies(facts),
  ]
}

function volumeClaim({ facts, site, volume }: SeenSite): KubeObject {
  const claim = desiredOrkVolumeClaim(facts, decideVolume(site.spec?.ork?.storage ?? {}, volume))
  return volume === null ? claim : besideController(claim, volume, siteOwner(facts))
}

/** S2, S3 */
function workloads({ facts }: SeenSite, { topic, orkKey, appNodeKey, tokens, admin }: Identities): Step[] {
  const names = siteObjectNames(facts.name)
  const steps: Step[] = []
  if (admin.value === null) return steps
  const always = [`Secret ${names.adminSecret}`, `ConfigMap ${names.discoveryConfigMap}`]
  const add = (object: KubeObject, needs: readonly string[]) => {
    steps.push({ kind: 'apply', object, needs: [...always, ...needs], event: null })
  }
  add(desiredDhtStatefulSet(facts), [])
  if (orkKey.value !== null && topic.value !== null) {
    const secrets = [names.orkKeySecret, names.topicSecret].map((name) => `Secret ${name}`)
    const others = [`ConfigMap ${names.rosterConfigMap}`, `PersistentVolumeClaim ${names.ork}`]
    add(desiredOrkDeployment(facts, orkKey.value.publicKey), [...secrets, ...others])
  }
  if (appNodeKey.value !== null && tokens.value !== null) {
    const secrets = [names.appNodeKeySecret, names.tokensSecret].map((name) => `Secret ${name}`)
    add(desiredAppNodeDeployment(facts, appNodeKey.value.publicKey), secrets)
  }
  return steps
}
