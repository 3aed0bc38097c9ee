import { long, ref, root, rows, sentences, tooLong, tooMany } from './admission-case.ts'

const rackName =
  "metadata.name of a rack must have no '.' and at most 31 characters, since <worker>-<rack> names its pods"
const deviceName = "must begin and end with a letter or digit and hold only letters, digits, '.', '_' and '-'"
const host =
  'must be a host name or an IP address such as 10.1.2.3, without scheme, port or path and without leading zeros'
const driverSomewhere = 'give driver on the rack or on every device'
const driverBeside = 'model needs a driver beside it'

const first = 'spec.devices[0]'
const address = `${first}.address`
const port = `${first}.port`
const { driver, model, required, site } = sentences

const of = (fields: string) => `{${ref}, ${fields}}`
const holding = (devices: string) => of(`driver: simulated, devices: [${devices}]`)
const device = (fields: string) => holding(`{name: a, ${fields}}`)
const named = (name: string) => holding(`{name: ${name}}`)
const at = (host: string) => device(`address: '${host}'`)
const onPort = (number: string) => device(`address: b, port: ${number}`)
const many = (count: number, item: (n: number) => string) => Array.from({ length: count }, (_, n) => item(n)).join()

export const refusedRacks = rows('MdkRack', [
  ['a rack without spec', undefined, 'spec', required],
  ['a rack name with a dot', `{${ref}}`, root, rackName, 'a.b'],
  ['a rack name of 32 characters', `{${ref}}`, root, rackName, long(32)],
  ['a rack without site', '{driver: simulated}', 'spec.siteRef', required],
  ['a site without a name', '{siteRef: {}}', 'spec.siteRef.name', required],
  ['an empty site name', "{siteRef: {name: ''}}", 'spec.siteRef.name', site],
  ['a site name in upper case', '{siteRef: {name: Texas}}', 'spec.siteRef.name', site],
  ['a site name of 41 characters', `{siteRef: {name: ${long(41)}}}`, 'spec.siteRef.name', tooLong(40)],
  ['a driver in upper case', of('driver: Simulated'), 'spec.driver', driver],
  ['a driver of 41 characters', of(`driver: ${long(41)}`), 'spec.driver', tooLong(40)],
  ['a model without driver', of('model: M56S'), 'spec', driverBeside],
  ['a model with a blank before it', of("driver: simulated, model: ' M56S'"), 'spec.model', model],
  ['a model of 41 characters', of(`driver: simulated, model: ${long(41)}`), 'spec.model', tooLong(40)],
  ['a device without a driver anywhere', of('devices: [{name: a}]'), 'spec', driverSomewhere],
  ['one device of two without a driver', of('devices: [{name: a, driver: x}, {name: b}]'), 'spec', driverSomewhere],
  ['a device without name', holding('{}'), `${first}.name`, required],
  ['a device whose name is null', named('null'), `${first}.name`, required],
  ['a device with an empty name', named("''"), `${first}.name`, deviceName],
  ['a device name with a slash', named('a/b'), `${first}.name`, deviceName],
  ['a device name with a space', named('wm 1'), `${first}.name`, deviceName],
  ['a device name with an umlaut', named('müller'), `${first}.name`, deviceName],
  ['a device name that begins with a dash', named("'-a'"), `${first}.name`, deviceName],
  ['a device name that ends with a dot', named('a.'), `${first}.name`, deviceName],
  ['a device name of 64 characters', named(long(64)), `${first}.name`, tooLong(63)],
  ['two devices of one name', holding('{name: a}, {name: a}'), 'spec.devices[1]', 'Duplicate value: {"name":"a"}'],
  ['513 devices', holding(many(513, (n) => `{name: d${n}}`)), 'spec.devices', tooMany(513, 512)],
  ['a device driver with a space', device('driver: a b'), `${first}.driver`, driver],
  ['a device driver of 41 characters', device(`driver: ${long(41)}`), `${first}.driver`, tooLong(40)],
  ['a device model with a slash', device('model: M56/S'), `${first}.model`, model],
  ['a device model of 41 characters', device(`model: ${long(41)}`), `${first}.model`, tooLong(40)],
  ['a URL as address', at('http://10.0.0.1'), address, host],
  ['an address with a path', at('10.0.0.1/24'), address, host],
  ['an address with its port', at('10.0.0.1:4028'), address, host],
  ['a host name with its port', at('miner-1:4028'), address, host],
  ['an address with a space', at('miner 1'), address, host],
  ['an empty address', at(''), address, host],
  ['an IPv4 address with a leading zero', at('10.0.0.01'), address, host],
  ['an IPv4 address with a number over 255', at('10.0.0.256'), address, host],
  ['an IPv4 address of three numbers', at('10.0.0'), address, host],
  ['an IPv6 address in brackets', at('[fd00::1]'), address, host],
  ['an IPv6 address with a zone', at('fe80::1%eth0'), address, host],
  ['an IPv6 address with two gaps', at('fd00::1::2'), address, host],
  ['a host name with an underscore', at('miner_1'), address, host],
  ['a host name with two dots in a row', at('miner..local'), address, host],
  ['a host name with a dot behind it', at('miner.local.'), address, host],
  ['an address of 254 characters', at(long(254)), address, tooLong(253)],
  ['a port without address', device('port: 4028'), first, 'port needs an address'],
  ['a port whose address is null', device('address: null, port: 4028'), first, 'port needs an address'],
  ['port 0', onPort('0'), port, `${port} in body should be greater than or equal to 1`],
  ['a negative port', onPort('-1'), port, `${port} in body should be greater than or equal to 1`],
  ['port 65536', onPort('65536'), port, `${port} in body should be less than or equal to 65535`],
  ['a port as text', onPort("'4028'"), port, `${port} in body must be of type integer: "string"`],
  ['a port with a fraction', onPort('4028.5'), port, `${port} in body must be of type integer: "number"`],
  ['nine options', device(`options: {${many(9, (n) => `o${n}: ''`)}}`), `${first}.options`, tooMany(9, 8)],
  ['an option of 129 characters', device(`options: {o: ${long(129)}}`), `${first}.options.o`, tooLong(128)],
  [
    'an option that is a number',
    device('options: {unitId: 3}'),
    `${first}.options.unitId`,
    `${first}.options.unitId in body must be of type string: "integer"`,
  ],
])
