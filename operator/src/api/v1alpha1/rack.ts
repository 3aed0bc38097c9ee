import { z } from 'zod'
import { type apiVersion, kinds } from '../group.ts'
import type { ObjectMeta } from '../object-meta.ts'
import { address, deviceName, driver, listMap, model, observedGeneration, section, siteRef, textMap } from './fields.ts'
import { type ResourceDefinition, readyColumn } from './resource.ts'
import { namesPods, withRules } from './rules.ts'
import { conditions, declaredCounts, deviceCounts } from './status-fields.ts'

/** How many unassigned devices a rack's status names. */
export const maxUnassignedDevices = 10

const device = withRules(
  z.object({
    name: deviceName.describe('Name of the device, unique in its rack; on the wire it is <rack>.<name>.'),
    driver: driver.describe("The driver that talks to the device. Absent: the rack's.").optional(),
    model: model
      .describe("The model of the device. Absent: the rack's, if the device has the rack's driver.")
      .optional(),
    address: address.describe('Host name or IP address. Absent: none, which only some drivers can do with.').optional(),
    port: z
      .int()
      .min(1)
      .max(65535)
      .meta({ description: "TCP port; needs an address. Absent: the driver's own.", format: 'int32' })
      .optional(),
    options: section(
      textMap(8, z.string().max(128)).describe(
        "The driver's own settings for this device, such as unitId. Absent: none.",
      ),
    ),
  }),
  {
    rule: '!has(self.port) || has(self.address)',
    message: 'port needs an address',
    holds: (self) => self.port === undefined || self.address !== undefined,
  },
)

/** `spec` of an MdkRack. */
const rackSpec = withRules(
  z.object({
    siteRef: siteRef('The site that this rack stands in; immutable. A site that is not there yet is waited for.'),
    driver: driver.describe('The driver of devices that name none. Absent: every device names its own.').optional(),
    model: model
      .describe('The model of devices that name neither driver nor model; needs a driver beside it. Absent: unknown.')
      .optional(),
    devices: listMap(device, 'name', 512).describe('The devices of the rack. Absent: none.').optional(),
  }),
  {
    rule: 'has(self.driver) || !has(self.devices) || self.devices.all(d, has(d.driver))',
    message: 'give driver on the rack or on every device',
    holds: (self) => self.driver !== undefined || (self.devices ?? []).every((one) => one.driver !== undefined),
  },
  {
    rule: '!has(self.model) || has(self.driver)',
    message: 'model needs a driver beside it',
    holds: (self) => self.model === undefined || self.driver !== undefined,
  },
).describe('What stands in the rack.')

const unassignedDevice = z.object({
  name: z.string().max(63).describe('Name of the device in its rack.'),
  reason: z.string().max(64).describe('Why nobody serves it, in one word.'),
  message: z.string().max(256).describe('Why nobody serves it, and what to do, in a sentence.').optional(),
})

/** `status` of an MdkRack. */
const rackStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    devices: deviceCounts(declaredCounts),
    unassignedDevices: listMap(unassignedDevice, 'name', maxUnassignedDevices)
      .describe('Devices that no worker serves: the first ten by name.')
      .optional(),
    conditions: conditions.optional(),
  })
  .describe('What became of the rack, as last seen.')

export type MdkRackSpec = z.output<typeof rackSpec>
export type MdkRackStatus = z.output<typeof rackStatus>

/** A rack as the API server holds it. */
export interface MdkRack {
  apiVersion: typeof apiVersion
  kind: typeof kinds.rack.kind
  metadata: ObjectMeta
  spec: MdkRackSpec
  status?: MdkRackStatus
}

export const rackResource: ResourceDefinition = {
  names: kinds.rack,
  description: 'A rack: inventory of devices and how to reach them. It runs nothing.',
  spec: rackSpec,
  specRequired: true,
  status: rackStatus,
  rules: [namesPods('rack')],
  columns: [
    { name: 'Site', type: 'string', path: '.spec.siteRef.name' },
    readyColumn('Ready', 'status'),
    readyColumn('Reason', 'reason'),
    { name: 'Devices', type: 'integer', path: '.status.devices.declared' },
    { name: 'Assigned', type: 'integer', path: '.status.devices.assigned' },
    { name: 'Registered', type: 'integer', path: '.status.devices.registered' },
    { name: 'Healthy', type: 'integer', path: '.status.devices.healthy' },
    { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' },
    readyColumn('Message', 'message'),
  ],
  selectableFields: ['.spec.siteRef.name'],
}
