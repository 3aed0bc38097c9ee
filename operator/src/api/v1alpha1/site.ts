import { z } from 'zod'
import { type apiVersion, kinds } from '../group.ts'
import type { ObjectMeta } from '../object-meta.ts'
import {
  count,
  listMap,
  observedGeneration,
  publicKey,
  secretRef,
  section,
  shortName,
  storageClassName,
  volumeSize,
} from './fields.ts'
import { siteObjectNames } from './names.ts'
import { type ResourceDefinition, readyColumn } from './resource.ts'
import type { Rule } from './rules.ts'
import { conditions, declaredCounts, deviceCounts } from './status-fields.ts'

/** Size of ORK's volume where the spec gives none. */
export const defaultStorageSize = '1Gi'
/** What stays when a site goes, where the spec doesn't say. */
export const defaultDeletionPolicy = 'RetainIdentity'

const caller = z.object({
  name: shortName.describe('Who this is, for logs and status.'),
  publicKey: publicKey.describe('The Ed25519 public key that the client dials with.'),
})

const storage = z.object({
  size: volumeSize.describe(`Size of ORK's volume; may grow, never shrink. Absent: ${defaultStorageSize}.`).optional(),
  storageClassName: storageClassName
    .describe("StorageClass of ORK's volume; immutable. Absent: the cluster's default class.")
    .optional(),
})

/** `spec` of an MdkSite. Absent means what the descriptions say; nothing is filled in. */
const siteSpec = z
  .object({
    discovery: section(
      z
        .object({
          topicSecretRef: secretRef(
            "Secret whose key 'topic' is the DHT topic, 64 hexadecimal characters; it is copied. Absent: a topic is generated.",
          ).optional(),
        })
        .describe('How the processes of the site find each other.'),
    ),
    ork: section(
      z
        .object({
          keySecretRef: secretRef(
            "Secret with ORK's Ed25519 key pair as 'seed', or 'publicKey' and 'secretKey'; it is copied. Absent: a pair is generated.",
          ).optional(),
          allowedCallers: listMap(caller, 'name', 64)
            .describe(
              'Clients that may call ORK, besides App Node, which always may. Absent: none. A change takes effect without a restart.',
            )
            .optional(),
          storage: section(storage.describe("Volume of ORK's store.")),
        })
        .describe('ORK, the orchestration kernel.'),
    ),
    appNode: section(
      z
        .object({
          tokensSecretRef: secretRef(
            "Secret with the bearer tokens of App Node under 'read' and 'command', one a line; it is copied. Absent: both are generated.",
          ).optional(),
        })
        .describe('App Node, the HTTP edge.'),
    ),
    deletionPolicy: z
      .enum(['RetainIdentity', 'RetainAll', 'Delete'])
      .describe(
        `What stays when the site is deleted: topic and keys (RetainIdentity), ORK's volume too (RetainAll), or nothing (Delete). Absent: ${defaultDeletionPolicy}. A change counts once the operator has seen it: before a delete, wait until status.observedGeneration is metadata.generation.`,
      )
      .optional(),
  })
  .describe('What the site should be. An empty or absent spec is a complete site.')

const identity = (description: string) => z.object({ publicKey: z.string().max(64).describe(description).optional() })

/** `status` of an MdkSite. */
const siteStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    ork: identity("ORK's declared public key. Once it is set, no other is ever made in silence.")
      .describe("ORK's identity.")
      .optional(),
    appNode: identity("App Node's declared public key. Once it is set, no other is ever made in silence.")
      .describe("App Node's identity.")
      .optional(),
    discovery: z
      .object({
        topicHash: z
          .string()
          .max(16)
          .describe("The first 16 hexadecimal characters of the topic's SHA-256, never the topic.")
          .optional(),
      })
      .describe("The topic's identity.")
      .optional(),
    workers: z
      .object({
        desired: count('ORK workers (shards) that there should be.').optional(),
        ready: count('ORK workers that are ready and READY in ORK.').optional(),
      })
      .describe('Counts of ORK workers, one a shard.')
      .optional(),
    devices: deviceCounts(declaredCounts),
    conditions: conditions.optional(),
  })
  .describe('What the site is, as last seen.')

export type MdkSiteSpec = z.output<typeof siteSpec>
export type MdkSiteStatus = z.output<typeof siteStatus>
export type DeletionPolicy = NonNullable<MdkSiteSpec['deletionPolicy']>

/** A site as the API server holds it. */
export interface MdkSite {
  apiVersion: typeof apiVersion
  kind: typeof kinds.site.kind
  metadata: ObjectMeta
  spec?: MdkSiteSpec | null
  status?: MdkSiteStatus
}

/** A CEL expression for the value at a path that may be absent anywhere. `?.` would lose the size bound and with it the cost budget. */
function valueOr(root: 'self' | 'oldSelf', path: readonly string[], absent: string): string {
  const steps = path.map((_, end) => `has(${[root, ...path.slice(0, end + 1)].join('.')})`)
  return `(${steps.join(' && ')} ? ${[root, ...path].join('.')} : '${absent}')`
}

const size = ['spec', 'ork', 'storage', 'size']
const newSize = valueOr('self', size, defaultStorageSize)
const oldSize = valueOr('oldSelf', size, defaultStorageSize)
const storageClass = ['spec', 'ork', 'storage', 'storageClassName']

/** What the operator's own Secrets are called behind the site's name. */
const ownSuffixes = Object.entries<string>({ ...siteObjectNames('') }).flatMap(([what, suffix]) =>
  what.endsWith('Secret') ? [suffix] : [],
)

/** A reference to a Secret that the operator keeps itself would name itself, or another identity of the site, as source. */
function notOwnName(section: string, field: string): Rule {
  const path = `self.spec.${section}.${field}`
  const own = ownSuffixes.map((suffix) => `self.metadata.name + '${suffix}'`).join(', ')
  return {
    rule: `!(has(self.spec) && has(self.spec.${section}) && has(${path})) || !(${path}.name in [${own}])`,
    message:
      "this name is the operator's own: leave the reference out and label the Secret mdk.io/site=<site> to have it adopted",
    fieldPath: `.spec.${section}.${field}`,
  }
}

/** Rules stand at the root, since a transition rule on `spec` isn't run where the stored object has none. */
const rules: readonly Rule[] = [
  {
    rule: "size(self.metadata.name) <= 40 && self.metadata.name.matches('^[a-z][a-z0-9-]*$')",
    message:
      "metadata.name of a site must start with a letter, hold only a-z, 0-9 and '-', and have at most 40 characters",
  },
  {
    // What is no quantity is refused where it is written, and in words: an error in a rule is told as an error.
    rule: `!isQuantity(${newSize}) || quantity(${newSize}).compareTo(quantity(${oldSize})) >= 0`,
    message: `a volume cannot shrink (an absent size is ${defaultStorageSize})`,
    fieldPath: '.spec.ork.storage.size',
  },
  {
    rule: `${valueOr('self', storageClass, '')} == ${valueOr('oldSelf', storageClass, '')}`,
    message: 'storageClassName is immutable: the volume exists already',
    fieldPath: '.spec.ork.storage.storageClassName',
  },
  notOwnName('discovery', 'topicSecretRef'),
  notOwnName('ork', 'keySecretRef'),
  notOwnName('appNode', 'tokensSecretRef'),
]

export const siteResource: ResourceDefinition = {
  names: kinds.site,
  description: 'A Bitcoin mining site: its DHT, ORK and App Node, with the identities that they run under.',
  spec: section(siteSpec),
  specRequired: false,
  status: siteStatus,
  rules,
  columns: [
    readyColumn('Ready', 'status'),
    readyColumn('Reason', 'reason'),
    { name: 'Workers', type: 'integer', path: '.status.workers.ready' },
    { name: 'Devices', type: 'integer', path: '.status.devices.declared' },
    { name: 'Registered', type: 'integer', path: '.status.devices.registered' },
    { name: 'Healthy', type: 'integer', path: '.status.devices.healthy' },
    { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' },
    { name: 'Desired', type: 'integer', path: '.status.workers.desired', wide: true },
    readyColumn('Message', 'message'),
  ],
  selectableFields: [],
}
