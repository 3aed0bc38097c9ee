import { z } from 'zod'
import { type apiVersion, kinds } from '../group.ts'
import type { ObjectMeta } from '../object-meta.ts'
import {
  count,
  fixedDriver,
  labelName,
  labelSet,
  labelValue,
  listMap,
  model,
  observedGeneration,
  shortName,
  siteRef,
  textSet,
} from './fields.ts'
import { type ResourceDefinition, readyColumn } from './resource.ts'
import { namesPods, withRules } from './rules.ts'
import { conditions, deviceCounts, servedCounts } from './status-fields.ts'

/** Most racks that one MdkWorker serves, and so most of its shards. */
export const maxRacksOfWorker = 256

const labelRequirement = withRules(
  z.object({
    key: labelName.describe('The label.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label is compared with values.'),
    values: textSet(labelValue, 64).describe('For In and NotIn: what the label may, or may not, be.').optional(),
  }),
  {
    rule: "(self.operator in ['In','NotIn']) == (has(self.values) && size(self.values) > 0)",
    message: 'In and NotIn need values; Exists and DoesNotExist take none',
    holds: ({ operator, values }) => (operator === 'In' || operator === 'NotIn') === (values?.length ?? 0) > 0,
  },
)

const rackSelector = z
  .object({
    matchLabels: labelSet.describe('Labels that a rack must have, with their values.').optional(),
    matchExpressions: z
      .array(labelRequirement)
      .max(16)
      .meta({ description: 'Further conditions on labels; all must hold.', 'x-kubernetes-list-type': 'atomic' })
      .optional(),
  })
  .meta({ description: 'Racks by their labels; {} takes every rack of the site.', 'x-kubernetes-map-type': 'atomic' })

const rackNames = withRules(textSet(shortName, maxRacksOfWorker), {
  rule: 'size(self) > 0',
  message: 'names must hold a rack; leave racks out for every rack of the site',
  holds: (names) => names.length > 0,
})

const racks = withRules(
  z.object({
    names: rackNames.describe('Racks by name.').optional(),
    selector: rackSelector.optional(),
  }),
  {
    rule: 'has(self.names) != has(self.selector)',
    message: 'racks takes names or selector, exactly one; leave racks out for every rack of the site',
    holds: ({ names, selector }) => (names === undefined) !== (selector === undefined),
  },
)

/** `spec` of an MdkWorker. */
const workerSpec = withRules(
  z.object({
    siteRef: siteRef('The site that this worker belongs to; immutable. A site that is not there yet is waited for.'),
    driver: fixedDriver.describe('The driver that talks to the devices; immutable.'),
    model: model
      .describe('The model of device that this worker serves; immutable. Absent: every model of the driver.')
      .optional(),
    racks: racks
      .describe('The racks that this worker serves, by names or by selector. Absent: every rack of the site.')
      .optional(),
  }),
  {
    rule: 'has(self.model) == has(oldSelf.model) && (!has(self.model) || self.model == oldSelf.model)',
    message: 'model is immutable: create another MdkWorker',
  },
).describe('What the worker should be. It takes the devices of its racks that match its driver and model.')

const shardStatus = z.object({
  id: z.string().max(31).describe("The shard: its rack's name."),
  workerId: z.string().max(63).describe('Name of the worker on the wire, and of its Deployment.'),
  publicKey: z.string().max(64).describe('Public key that it runs under.').optional(),
  ...servedCounts,
  ready: z.boolean().describe('Whether its pod is ready and ORK has it as READY.'),
  reason: z.string().max(64).describe('Why it is ready or not, in one word.').optional(),
})

/** `status` of an MdkWorker. */
const workerStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    shards: count('Shards (Deployments) that there should be.').optional(),
    readyShards: count('Shards that are ready and READY in ORK.').optional(),
    shardStatus: listMap(shardStatus, 'id', maxRacksOfWorker).describe('Each shard.').optional(),
    devices: deviceCounts(servedCounts),
    conditions: conditions.optional(),
  })
  .describe('What the worker is, as last seen.')

export type MdkWorkerSpec = z.output<typeof workerSpec>
export type MdkWorkerStatus = z.output<typeof workerStatus>
export type RackSelector = z.output<typeof rackSelector>
export type ShardStatus = z.output<typeof shardStatus>

/** A worker as the API server holds it. */
export interface MdkWorker {
  apiVersion: typeof apiVersion
  kind: typeof kinds.worker.kind
  metadata: ObjectMeta
  spec: MdkWorkerSpec
  status?: MdkWorkerStatus
}

export const workerResource: ResourceDefinition = {
  names: kinds.worker,
  description: 'A device driver at work: one ORK worker for each rack that it serves.',
  spec: workerSpec,
  specRequired: true,
  status: workerStatus,
  rules: [namesPods('worker')],
  columns: [
    { name: 'Site', type: 'string', path: '.spec.siteRef.name' },
    readyColumn('Ready', 'status'),
    readyColumn('Reason', 'reason'),
    { name: 'Shards', type: 'integer', path: '.status.readyShards' },
    { name: 'Devices', type: 'integer', path: '.status.devices.assigned' },
    { name: 'Registered', type: 'integer', path: '.status.devices.registered' },
    { name: 'Healthy', type: 'integer', path: '.status.devices.healthy' },
    { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' },
    { name: 'Driver', type: 'string', path: '.spec.driver', wide: true },
    { name: 'Model', type: 'string', path: '.spec.model', wide: true },
    { name: 'Desired', type: 'integer', path: '.status.shards', wide: true },
    readyColumn('Message', 'message'),
  ],
  selectableFields: ['.spec.siteRef.name', '.spec.driver'],
}
