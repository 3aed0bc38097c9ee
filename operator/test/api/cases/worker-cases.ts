import { long, ref, root, rows, sentences, tooLong, tooMany } from './admission-case.ts'

const workerName =
  "metadata.name of a worker must have no '.' and at most 31 characters, since <worker>-<rack> names its pods"
const eitherRacks = 'racks takes names or selector, exactly one; leave racks out for every rack of the site'
const noNames = 'names must hold a rack; leave racks out for every rack of the site'
const needsValues = 'In and NotIn need values; Exists and DoesNotExist take none'
const labelName = 'must be the name of a label, such as row or example.com/row'
const labelNames = 'every name must be that of a label, such as row or example.com/row'
const labelValue = "must be the value of a label: letters, digits, '.', '_' and '-', such as hall-2"

const selector = 'spec.racks.selector'
const requirement = `${selector}.matchExpressions[0]`
const { driver, model, required, shortName, site } = sentences

const of = (fields: string) => `{${ref}, ${fields}}`
const simulated = (fields: string) => of(`driver: simulated, ${fields}`)
const inRacks = (racks: string) => simulated(`racks: ${racks}`)
const named = (names: string) => inRacks(`{names: ${names}}`)
const matching = (fields: string) => inRacks(`{selector: {matchExpressions: [{${fields}}]}}`)
const labelled = (labels: string) => inRacks(`{selector: {matchLabels: ${labels}}}`)
const many = (count: number, item: (n: number) => string) => Array.from({ length: count }, (_, n) => item(n)).join()

export const refusedWorkers = rows('MdkWorker', [
  ['a worker without spec', undefined, 'spec', required],
  ['a worker name with a dot', of('driver: simulated'), root, workerName, 'a.b'],
  ['a worker name of 32 characters', of('driver: simulated'), root, workerName, long(32)],
  ['a worker without site', '{driver: simulated}', 'spec.siteRef', required],
  ['a site without a name', '{siteRef: {}, driver: simulated}', 'spec.siteRef.name', required],
  ['an empty site name', "{siteRef: {name: ''}, driver: simulated}", 'spec.siteRef.name', site],
  ['a site name that no site can have', '{siteRef: {name: 1s}, driver: simulated}', 'spec.siteRef.name', site],
  ['a site name that ends with a dash', '{siteRef: {name: s-}, driver: simulated}', 'spec.siteRef.name', site],
  ['a site of another namespace', '{siteRef: {name: mines/s}, driver: simulated}', 'spec.siteRef.name', site],
  [
    'a site name of 41 characters',
    `{siteRef: {name: ${long(41)}}, driver: simulated}`,
    'spec.siteRef.name',
    tooLong(40),
  ],
  ['a worker without driver', `{${ref}}`, 'spec.driver', required],
  ['a driver that is null', of('driver: null'), 'spec.driver', required],
  ['an empty driver', of("driver: ''"), 'spec.driver', driver],
  ['a driver in upper case', of('driver: Whatsminer'), 'spec.driver', driver],
  ['a driver with two dashes in a row', of('driver: miner--x'), 'spec.driver', driver],
  ['a driver with an underscore', of('driver: miner_whatsminer'), 'spec.driver', driver],
  ['a driver of 41 characters', of(`driver: ${long(41)}`), 'spec.driver', tooLong(40)],
  ['a model with a space', simulated('model: M56 S'), 'spec.model', model],
  ['an empty model', simulated("model: ''"), 'spec.model', model],
  ['a model with a Cyrillic letter that looks Latin', simulated('model: М56S'), 'spec.model', model],
  ['a model of 41 characters', simulated(`model: ${long(41)}`), 'spec.model', tooLong(40)],
  ['racks with neither names nor selector', inRacks('{}'), 'spec.racks', eitherRacks],
  ['racks with names and selector', inRacks('{names: [a], selector: {}}'), 'spec.racks', eitherRacks],
  ['an empty list of rack names', named('[]'), 'spec.racks.names', noNames],
  ['one rack named twice', named('[a, a]'), 'spec.racks.names[1]', 'Duplicate value: "a"'],
  ['a rack name with an underscore', named('[a_1]'), 'spec.racks.names[0]', shortName],
  ['a rack name in upper case', named('[A-01]'), 'spec.racks.names[0]', shortName],
  ['a rack name with a wildcard', named("['row-a-*']"), 'spec.racks.names[0]', shortName],
  ['an empty rack name', named("['']"), 'spec.racks.names[0]', shortName],
  ['a rack name of 32 characters', named(`[${long(32)}]`), 'spec.racks.names[0]', tooLong(31)],
  ['257 rack names', named(`[${many(257, (n) => `r${n}`)}]`), 'spec.racks.names', tooMany(257, 256)],
  ['17 labels', labelled(`{${many(17, (n) => `l${n}: a`)}}`), `${selector}.matchLabels`, tooMany(17, 16)],
  ['a label with a space in its name', labelled('{row a: a}'), `${selector}.matchLabels`, labelNames],
  ['a label that ends with a slash', labelled("{'example.com/': a}"), `${selector}.matchLabels`, labelNames],
  ['a label with a comma in its value', labelled("{row: 'a,b'}"), `${selector}.matchLabels[row]`, labelValue],
  ['a label value of 64 characters', labelled(`{row: ${long(64)}}`), `${selector}.matchLabels.row`, tooLong(63)],
  [
    '17 expressions',
    inRacks(`{selector: {matchExpressions: [${many(17, (n) => `{key: l${n}, operator: Exists}`)}]}}`),
    `${selector}.matchExpressions`,
    tooMany(17, 16),
  ],
  ['an expression without key', matching('operator: Exists'), `${requirement}.key`, required],
  ['an expression with an empty key', matching("key: '', operator: Exists"), `${requirement}.key`, labelName],
  [
    'an expression with an operator in its key',
    matching("key: 'row=a', operator: Exists"),
    `${requirement}.key`,
    labelName,
  ],
  ['a key of 318 characters', matching(`key: ${long(318)}, operator: Exists`), `${requirement}.key`, tooLong(317)],
  ['an expression without operator', matching('key: row'), `${requirement}.operator`, required],
  [
    'an unknown label operator',
    matching('key: row, operator: Equals'),
    `${requirement}.operator`,
    'Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
  ],
  ['In without values', matching('key: row, operator: In'), requirement, needsValues],
  ['NotIn with an empty list', matching('key: row, operator: NotIn, values: []'), requirement, needsValues],
  ['Exists with values', matching('key: row, operator: Exists, values: [a]'), requirement, needsValues],
  [
    'one value twice',
    matching('key: row, operator: In, values: [a, a]'),
    `${requirement}.values[1]`,
    'Duplicate value: "a"',
  ],
  ['a value with a space', matching('key: row, operator: In, values: [a b]'), `${requirement}.values[0]`, labelValue],
  [
    'a value of 64 characters',
    matching(`key: row, operator: In, values: [${long(64)}]`),
    `${requirement}.values[0]`,
    tooLong(63),
  ],
  [
    '65 values',
    matching(`key: row, operator: In, values: [${many(65, (n) => `v${n}`)}]`),
    `${requirement}.values`,
    tooMany(65, 64),
  ],
])
