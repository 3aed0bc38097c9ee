/** Specs that must be refused, with the field and the sentence that the user sees, and specs that must not be. */

export type CaseKind = 'MdkSite' | 'MdkWorker' | 'MdkRack'

/** An object in short: a name and the spec as YAML; without spec where that is undefined. */
export interface CaseObject {
  readonly kind: CaseKind
  readonly name?: string
  readonly spec?: string
}

interface Refusal {
  readonly field: string
  readonly sentence: string
}

/** An object that is refused when it is made. */
export interface RefusedCase extends CaseObject, Refusal {
  readonly title: string
}

/** A change of an accepted object that is refused. */
export interface RefusedChange extends Refusal {
  readonly title: string
  readonly kind: CaseKind
  readonly before?: string
  readonly after?: string
}

/** What the API server calls the field of a rule on the whole object. */
const root = '<nil>'
const hex = 'ab'.repeat(32)
const ref = 'siteRef: {name: s}'
const long = (length: number) => 'a'.repeat(length)
const objectName = "must be the name of a Kubernetes object: a-z, 0-9, '-' and '.'"
const shortName = "must hold only a-z, 0-9 and '-', such as rack-1"
const driver = 'must be the name of a driver, such as miner-whatsminer'
const model = 'must be a model without spaces, such as M56S'
const publicKey = 'must be a public key: 64 hexadecimal characters in lower case'
const size = 'must be a whole number of Mi, Gi or Ti, such as 2Gi'
const site = 'must be the name of an MdkSite, such as texas-1'
const deviceName = "must begin and end with a letter or digit and hold only letters, digits, '.', '_' and '-'"
const address = 'must be a host name or an IP address, without scheme, port or path'
const siteName =
  "metadata.name of a site must start with a letter, hold only a-z, 0-9 and '-', and have at most 40 characters"
const workerName =
  "metadata.name of a worker must have no '.' and at most 31 characters, since <worker>-<rack> names its pods"
const rackName =
  "metadata.name of a rack must have no '.' and at most 31 characters, since <worker>-<rack> names its pods"
const ownName =
  "this name is the operator's own: leave the reference out and label the Secret mdk.io/site=<site> to have it adopted"
const eitherRacks = 'racks takes names or selector, exactly one; leave racks out for every rack of the site'
const values = 'In and NotIn need values; Exists and DoesNotExist take none'

type Row = readonly [title: string, spec: string | undefined, field: string, sentence: string, name?: string]

function rows(kind: CaseKind, table: readonly Row[]): RefusedCase[] {
  return table.map(([title, spec, field, sentence, name]) => ({
    title,
    kind,
    field,
    sentence,
    ...(spec === undefined ? {} : { spec }),
    ...(name === undefined ? {} : { name }),
  }))
}

const ork = 'spec.ork'
const callers = `${ork}.allowedCallers`
const storage = `${ork}.storage`
const labelRequirement = 'spec.racks.selector.matchExpressions[0]'

const refusedSites = rows('MdkSite', [
  ['a site name that begins with a digit', '{}', root, siteName, '1-site'],
  ['a site name with a dot', undefined, root, siteName, 'a.b'],
  ['a site name of 41 characters', '{}', root, siteName, long(41)],
  [
    'a topic Secret in upper case',
    '{discovery: {topicSecretRef: {name: Topic}}}',
    'spec.discovery.topicSecretRef.name',
    objectName,
  ],
  [
    'a reference without a name',
    '{discovery: {topicSecretRef: {}}}',
    'spec.discovery.topicSecretRef.name',
    'Required value',
  ],
  [
    'a reference with an empty name',
    "{ork: {keySecretRef: {name: ''}}}",
    `${ork}.keySecretRef.name`,
    `spec.ork.keySecretRef.name in body should be at least 1 chars long`,
  ],
  [
    'a Secret name of 254 characters',
    `{ork: {keySecretRef: {name: ${long(254)}}}}`,
    `${ork}.keySecretRef.name`,
    'Too long: may not be more than 253 bytes',
  ],
  [
    "the operator's own topic Secret as source",
    '{discovery: {topicSecretRef: {name: s-topic}}}',
    'spec.discovery.topicSecretRef',
    ownName,
    's',
  ],
  [
    "the operator's own key Secret as source",
    '{ork: {keySecretRef: {name: s-ork-key}}}',
    `${ork}.keySecretRef`,
    ownName,
    's',
  ],
  [
    "the operator's own token Secret as source",
    '{appNode: {tokensSecretRef: {name: s-app-node-tokens}}}',
    'spec.appNode.tokensSecretRef',
    ownName,
    's',
  ],
  ['a caller with a dot', `{ork: {allowedCallers: [{name: a.b, publicKey: ${hex}}]}}`, `${callers}[0].name`, shortName],
  ['a caller without a key', '{ork: {allowedCallers: [{name: a}]}}', `${callers}[0].publicKey`, 'Required value'],
  [
    'a public key in upper case',
    `{ork: {allowedCallers: [{name: a, publicKey: ${hex.toUpperCase()}}]}}`,
    `${callers}[0].publicKey`,
    publicKey,
  ],
  [
    'a public key that is too short',
    '{ork: {allowedCallers: [{name: a, publicKey: abcd}]}}',
    `${callers}[0].publicKey`,
    publicKey,
  ],
  [
    'two callers of one name',
    `{ork: {allowedCallers: [{name: a, publicKey: ${hex}}, {name: a, publicKey: ${hex}}]}}`,
    `${callers}[1]`,
    'Duplicate value: {"name":"a"}',
  ],
  [
    '65 callers',
    `{ork: {allowedCallers: [${Array.from({ length: 65 }, (_, n) => `{name: c${n}, publicKey: ${hex}}`).join()}]}}`,
    callers,
    'Too many: 65: must have at most 64 items',
  ],
  ['a size in bytes', "{ork: {storage: {size: '1073741824'}}}", `${storage}.size`, size],
  ['a size in kilobytes', '{ork: {storage: {size: 900000Ki}}}', `${storage}.size`, size],
  ['a fraction of a size', '{ork: {storage: {size: 1.5Gi}}}', `${storage}.size`, size],
  ['a size under 256Mi', '{ork: {storage: {size: 255Mi}}}', `${storage}.size`, 'must be at least 256Mi'],
  [
    'a storage class with a space',
    '{ork: {storage: {storageClassName: a b}}}',
    `${storage}.storageClassName`,
    objectName,
  ],
  [
    'an unknown deletion policy',
    '{deletionPolicy: Keep}',
    'spec.deletionPolicy',
    'Unsupported value: "Keep": supported values: "RetainIdentity", "RetainAll", "Delete"',
  ],
])

const refusedWorkers = rows('MdkWorker', [
  ['a worker without spec', undefined, 'spec', 'Required value'],
  ['a worker name with a dot', `{${ref}, driver: simulated}`, root, workerName, 'a.b'],
  ['a worker name of 32 characters', `{${ref}, driver: simulated}`, root, workerName, long(32)],
  ['a worker without site', '{driver: simulated}', 'spec.siteRef', 'Required value'],
  ['a worker without driver', `{${ref}}`, 'spec.driver', 'Required value'],
  ['a site name that no site can have', '{siteRef: {name: 1s}, driver: simulated}', 'spec.siteRef.name', site],
  ['a site name that ends with a dash', '{siteRef: {name: s-}, driver: simulated}', 'spec.siteRef.name', site],
  ['a driver in upper case', `{${ref}, driver: Whatsminer}`, 'spec.driver', driver],
  ['a driver with two dashes in a row', `{${ref}, driver: miner--x}`, 'spec.driver', driver],
  ['a model with a space', `{${ref}, driver: simulated, model: M56 S}`, 'spec.model', model],
  ['racks with neither names nor selector', `{${ref}, driver: simulated, racks: {}}`, 'spec.racks', eitherRacks],
  [
    'racks with names and selector',
    `{${ref}, driver: simulated, racks: {names: [a], selector: {}}}`,
    'spec.racks',
    eitherRacks,
  ],
  [
    'an empty list of rack names',
    `{${ref}, driver: simulated, racks: {names: []}}`,
    'spec.racks.names',
    'spec.racks.names in body should have at least 1 items',
  ],
  [
    'one rack named twice',
    `{${ref}, driver: simulated, racks: {names: [a, a]}}`,
    'spec.racks.names[1]',
    'Duplicate value: "a"',
  ],
  [
    'a rack name with an underscore',
    `{${ref}, driver: simulated, racks: {names: [a_1]}}`,
    'spec.racks.names[0]',
    shortName,
  ],
  [
    '257 rack names',
    `{${ref}, driver: simulated, racks: {names: [${Array.from({ length: 257 }, (_, n) => `r${n}`).join()}]}}`,
    'spec.racks.names',
    'Too many: 257: must have at most 256 items',
  ],
  [
    'In without values',
    `{${ref}, driver: simulated, racks: {selector: {matchExpressions: [{key: row, operator: In}]}}}`,
    labelRequirement,
    values,
  ],
  [
    'Exists with values',
    `{${ref}, driver: simulated, racks: {selector: {matchExpressions: [{key: row, operator: Exists, values: [a]}]}}}`,
    labelRequirement,
    values,
  ],
  [
    'an unknown label operator',
    `{${ref}, driver: simulated, racks: {selector: {matchExpressions: [{key: row, operator: Equals}]}}}`,
    `${labelRequirement}.operator`,
    'Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
  ],
])

const refusedRacks = rows('MdkRack', [
  ['a rack without spec', undefined, 'spec', 'Required value'],
  ['a rack name with a dot', `{${ref}}`, root, rackName, 'a.b'],
  ['a rack name of 32 characters', `{${ref}}`, root, rackName, long(32)],
  ['a rack without site', '{driver: simulated}', 'spec.siteRef', 'Required value'],
  ['a model without driver', `{${ref}, model: M56S}`, 'spec', 'model needs a driver beside it'],
  [
    'a device without a driver anywhere',
    `{${ref}, devices: [{name: a}]}`,
    'spec',
    'give driver on the rack or on every device',
  ],
  ['a device without name', `{${ref}, driver: simulated, devices: [{}]}`, 'spec.devices[0].name', 'Required value'],
  [
    'a device name with a slash',
    `{${ref}, driver: simulated, devices: [{name: a/b}]}`,
    'spec.devices[0].name',
    deviceName,
  ],
  [
    'a device name that ends with a dot',
    `{${ref}, driver: simulated, devices: [{name: a.}]}`,
    'spec.devices[0].name',
    deviceName,
  ],
  [
    'a device name of 64 characters',
    `{${ref}, driver: simulated, devices: [{name: ${long(64)}}]}`,
    'spec.devices[0].name',
    'Too long: may not be more than 63 bytes',
  ],
  [
    'two devices of one name',
    `{${ref}, driver: simulated, devices: [{name: a}, {name: a}]}`,
    'spec.devices[1]',
    'Duplicate value: {"name":"a"}',
  ],
  [
    '513 devices',
    `{${ref}, driver: simulated, devices: [${Array.from({ length: 513 }, (_, n) => `{name: d${n}}`).join()}]}`,
    'spec.devices',
    'Too many: 513: must have at most 512 items',
  ],
  ['a device driver with a space', `{${ref}, devices: [{name: a, driver: a b}]}`, 'spec.devices[0].driver', driver],
  [
    'a device model with a slash',
    `{${ref}, driver: simulated, devices: [{name: a, model: M56/S}]}`,
    'spec.devices[0].model',
    model,
  ],
  [
    'a URL as address',
    `{${ref}, driver: simulated, devices: [{name: a, address: 'http://10.0.0.1'}]}`,
    'spec.devices[0].address',
    address,
  ],
  [
    'an address with a space',
    `{${ref}, driver: simulated, devices: [{name: a, address: 'miner 1'}]}`,
    'spec.devices[0].address',
    address,
  ],
  [
    'a port without address',
    `{${ref}, driver: simulated, devices: [{name: a, port: 4028}]}`,
    'spec.devices[0]',
    'port needs an address',
  ],
  [
    'port 0',
    `{${ref}, driver: simulated, devices: [{name: a, address: b, port: 0}]}`,
    'spec.devices[0].port',
    'spec.devices[0].port in body should be greater than or equal to 1',
  ],
  [
    'port 65536',
    `{${ref}, driver: simulated, devices: [{name: a, address: b, port: 65536}]}`,
    'spec.devices[0].port',
    'spec.devices[0].port in body should be less than or equal to 65535',
  ],
  [
    'a port as text',
    `{${ref}, driver: simulated, devices: [{name: a, address: b, port: '4028'}]}`,
    'spec.devices[0].port',
    'spec.devices[0].port in body must be of type integer: "string"',
  ],
  [
    'nine options',
    `{${ref}, driver: simulated, devices: [{name: a, options: {${Array.from({ length: 9 }, (_, n) => `o${n}: ''`).join()}}}]}`,
    'spec.devices[0].options',
    'Too many: 9: must have at most 8 items',
  ],
  [
    'an option of 129 characters',
    `{${ref}, driver: simulated, devices: [{name: a, options: {o: ${long(129)}}}]}`,
    'spec.devices[0].options.o',
    'Too long: may not be more than 128 bytes',
  ],
  [
    'an option that is a number',
    `{${ref}, driver: simulated, devices: [{name: a, options: {unitId: 3}}]}`,
    'spec.devices[0].options.unitId',
    'spec.devices[0].options.unitId in body must be of type string: "integer"',
  ],
])

export const refusedCases: readonly RefusedCase[] = [...refusedSites, ...refusedWorkers, ...refusedRacks]

const shrink = 'a volume cannot shrink (an absent size is 1Gi)'
const fixedClass = 'storageClassName is immutable: the volume exists already'
const fixedSite = 'siteRef is immutable: delete the object and create it for the other site'
const fixedModel = 'model is immutable: create another MdkWorker'
const worker = `{${ref}, driver: simulated}`
const workerOfModel = `{${ref}, driver: simulated, model: M56S}`

/** Changes of accepted objects that are refused. */
export const refusedChanges: readonly RefusedChange[] = [
  {
    title: 'a volume that shrinks',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 2Gi}}}',
    after: '{ork: {storage: {size: 1Gi}}}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'a volume under the size that an absent one had',
    kind: 'MdkSite',
    after: '{ork: {storage: {size: 512Mi}}}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'a larger volume left out',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 2Gi}}}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'a larger volume whose section is emptied',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 2Gi}}}',
    after: '{ork: null}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'another storage class',
    kind: 'MdkSite',
    before: '{ork: {storage: {storageClassName: a}}}',
    after: '{ork: {storage: {storageClassName: b}}}',
    field: `${storage}.storageClassName`,
    sentence: fixedClass,
  },
  {
    title: 'a storage class given afterwards',
    kind: 'MdkSite',
    after: '{ork: {storage: {storageClassName: a}}}',
    field: `${storage}.storageClassName`,
    sentence: fixedClass,
  },
  {
    title: 'a worker of another site',
    kind: 'MdkWorker',
    before: worker,
    after: '{siteRef: {name: t}, driver: simulated}',
    field: 'spec.siteRef',
    sentence: fixedSite,
  },
  {
    title: 'another driver',
    kind: 'MdkWorker',
    before: worker,
    after: `{${ref}, driver: miner-whatsminer}`,
    field: 'spec.driver',
    sentence: 'driver is immutable: create another MdkWorker',
  },
  {
    title: 'another model',
    kind: 'MdkWorker',
    before: workerOfModel,
    after: `{${ref}, driver: simulated, model: M30S}`,
    field: 'spec',
    sentence: fixedModel,
  },
  {
    title: 'a model left out',
    kind: 'MdkWorker',
    before: workerOfModel,
    after: worker,
    field: 'spec',
    sentence: fixedModel,
  },
  {
    title: 'a model given afterwards',
    kind: 'MdkWorker',
    before: worker,
    after: workerOfModel,
    field: 'spec',
    sentence: fixedModel,
  },
  {
    title: 'a rack of another site',
    kind: 'MdkRack',
    before: `{${ref}}`,
    after: '{siteRef: {name: t}}',
    field: 'spec.siteRef',
    sentence: fixedSite,
  },
]

/** Specs that are accepted as they are. */
export const acceptedCases: readonly (CaseObject & { readonly title: string })[] = [
  { title: 'a site without spec', kind: 'MdkSite' },
  { title: 'a site with an empty spec', kind: 'MdkSite', spec: '{}' },
  { title: 'a site with empty sections', kind: 'MdkSite', spec: '{discovery: {}, ork: {storage: {}}, appNode: {}}' },
  {
    title: 'a site whose sections are null, as keys without a value are in YAML',
    kind: 'MdkSite',
    spec: '{discovery: null, ork: {storage: null}, appNode: null}',
  },
  { title: 'a site name of 40 characters', kind: 'MdkSite', name: long(40), spec: '{}' },
  {
    title: 'a site with everything',
    kind: 'MdkSite',
    spec: `{discovery: {topicSecretRef: {name: t}}, ork: {keySecretRef: {name: k.1}, allowedCallers: [{name: noc, publicKey: ${hex}}], storage: {size: 256Mi, storageClassName: fast}}, appNode: {tokensSecretRef: {name: a}}, deletionPolicy: Delete}`,
  },
  { title: "another site's Secret as source", kind: 'MdkSite', spec: '{ork: {keySecretRef: {name: other-ork-key}}}' },
  { title: 'a size in Ti', kind: 'MdkSite', spec: '{ork: {storage: {size: 2Ti}}}' },
  { title: 'a worker of every rack', kind: 'MdkWorker', spec: worker },
  { title: 'a worker name of 31 characters', kind: 'MdkWorker', name: long(31), spec: worker },
  {
    title: 'a worker of racks by name',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, model: M30S++, racks: {names: [a-01, a-02]}}`,
  },
  {
    title: 'a worker of racks by an empty selector',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, racks: {selector: {}}}`,
  },
  {
    title: 'a worker of racks by labels',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, racks: {selector: {matchLabels: {row: a}, matchExpressions: [{key: hall, operator: NotIn, values: [x]}, {key: new, operator: Exists}]}}}`,
  },
  { title: 'an empty rack', kind: 'MdkRack', spec: `{${ref}}` },
  { title: 'a rack with an empty list of devices', kind: 'MdkRack', spec: `{${ref}, devices: []}` },
  {
    title: 'a rack whose devices each name a driver',
    kind: 'MdkRack',
    spec: `{${ref}, devices: [{name: A_1.x, driver: simulated}]}`,
  },
  {
    title: 'a device with everything',
    kind: 'MdkRack',
    spec: `{${ref}, driver: miner-whatsminer, model: M56S, devices: [{name: wm-001, driver: miner-whatsminer, model: M53S, address: 'fd00::1', port: 65535, options: {unitId: '3'}}]}`,
  },
  {
    title: 'a device with null as options',
    kind: 'MdkRack',
    spec: `{${ref}, driver: simulated, devices: [{name: a, options: null}]}`,
  },
  {
    title: 'a full rack',
    kind: 'MdkRack',
    spec: `{${ref}, driver: simulated, devices: [${Array.from({ length: 512 }, (_, n) => `{name: d${n}}`).join()}]}`,
  },
]
