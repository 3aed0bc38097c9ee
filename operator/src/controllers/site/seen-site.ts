import type { MdkSite } from '../../api/v1alpha1/index.ts'
import type { Assignment } from '../../assignment/assignment.ts'
import type { Deployment, PersistentVolumeClaim, Pod, Service, StatefulSet } from '../../kube/types.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import type { LastRefresh } from '../refresh.ts'
import type { SeenShard } from '../shard-state.ts'
import type { FreshIdentities } from './fresh-identities.ts'
import type { SeenIdentity } from './identity.ts'

/** Everything that one run knows of a site. Plain data: what is decided depends on nothing else. */
export interface SeenSite {
  readonly site: MdkSite
  readonly facts: SiteFacts
  readonly assignment: Assignment
  readonly shards: readonly SeenShard[]
  /** Workers that run though this release doesn't know their driver or model. */
  readonly strayWorkers: readonly StrayWorker[]
  readonly identities: SeenIdentities
  /** The other sites that the operator looks after, with each ORK key that they have or are about to have. */
  readonly otherSites: readonly SiteKey[]
  readonly dht: StatefulSet | null
  readonly dhtService: Service | null
  readonly ork: Deployment | null
  readonly appNode: Deployment | null
  readonly volume: PersistentVolumeClaim | null
  readonly pods: SitePods
  readonly orkKnowledge: OrkKnowledge
  readonly memory: SiteMemory
  readonly fresh: FreshIdentities
}

export interface StrayWorker {
  readonly workerId: string
  readonly publicKey: string
}

export interface SeenIdentities {
  readonly topic: SeenIdentity
  readonly orkKey: SeenIdentity
  readonly appNodeKey: SeenIdentity
  readonly tokens: SeenIdentity
  readonly admin: SeenIdentity
}

/** Who runs under which key. */
export interface SiteKey {
  readonly namespace: string
  readonly name: string
  readonly creationTimestamp: string
  readonly orkPublicKey: string
}

export interface SitePods {
  readonly dht: readonly Pod[]
  readonly ork: readonly Pod[]
  readonly appNode: readonly Pod[]
  readonly workers: readonly Pod[]
}

/** What a program remembers of a site from run to run. It may be lost at any time. */
export interface SiteMemory {
  /** By uid of the pod. */
  readonly refreshes: ReadonlyMap<string, LastRefresh>
  /** Content hashes of live files as of the last run, by folder; empty on the first. */
  readonly files: Readonly<Record<string, string>>
  /** When this program last saw a folder's content change, in milliseconds since the epoch. */
  readonly changedAtMs: Readonly<Record<string, number>>
}
