import { hex, long, type Row, root, rows, sentences, tooLong, tooMany } from './admission-case.ts'

const ork = 'spec.ork'
const callers = `${ork}.allowedCallers`
const size = `${ork}.storage.size`
const storageClass = `${ork}.storage.storageClassName`

const siteName =
  "metadata.name of a site must start with a letter, hold only a-z, 0-9 and '-', and have at most 40 characters"
const publicKey = 'must be a public key: 64 hexadecimal characters in lower case'
const wholeSize = 'must be a whole number of Mi, Gi or Ti, such as 2Gi'
const leastSize = 'must be at least 256Mi'
const ownName =
  "this name is the operator's own: leave the reference out and label the Secret mdk.io/site=<site> to have it adopted"

const { objectName, required, shortName } = sentences

const caller = (fields: string) => `{ork: {allowedCallers: [{${fields}}]}}`
const keyOf = (key: string) => caller(`name: a, publicKey: '${key}'`)
const sized = (text: string) => `{ork: {storage: {size: ${text}}}}`
const ofClass = (text: string) => `{ork: {storage: {storageClassName: ${text}}}}`

/** The three references to Secrets: where each stands, and how it is written. */
const references = {
  'spec.discovery.topicSecretRef': (ref: string) => `{discovery: {topicSecretRef: ${ref}}}`,
  'spec.ork.keySecretRef': (ref: string) => `{ork: {keySecretRef: ${ref}}}`,
  'spec.appNode.tokensSecretRef': (ref: string) => `{appNode: {tokensSecretRef: ${ref}}}`,
}
const ownSecrets = ['s-topic', 's-ork-key', 's-app-node-key', 's-app-node-tokens', 's-admin']

const badReferences = Object.entries(references).flatMap(([field, spec]): Row[] => {
  const named = (name: string) => spec(`{name: ${name}}`)
  return [
    [`${field} in upper case`, named('Corp-Key'), `${field}.name`, objectName],
    [`${field} with a slash, as if another namespace could be meant`, named('vault/key'), `${field}.name`, objectName],
    [`${field} with a Cyrillic letter that looks Latin`, named('сorp-key'), `${field}.name`, objectName],
    [`${field} that is empty`, named("''"), `${field}.name`, objectName],
    [`${field} with a blank behind it`, named("'corp-key '"), `${field}.name`, objectName],
    [`${field} of 254 characters`, named(long(254)), `${field}.name`, tooLong(253)],
    [`${field} without a name`, spec('{}'), `${field}.name`, required],
    ...ownSecrets.map((own): Row => [`${field} that is the operator's own ${own}`, named(own), field, ownName, 's']),
  ]
})

export const refusedSites = rows('MdkSite', [
  ['a site name that begins with a digit', '{}', root, siteName, '1-site'],
  ['a site name with a dot', undefined, root, siteName, 'a.b'],
  ['a site name of 41 characters', '{}', root, siteName, long(41)],
  ...badReferences,
  ['a caller with a dot', caller(`name: a.b, publicKey: ${hex}`), `${callers}[0].name`, shortName],
  ['a caller in upper case', caller(`name: NOC, publicKey: ${hex}`), `${callers}[0].name`, shortName],
  ['a caller with an empty name', caller(`name: '', publicKey: ${hex}`), `${callers}[0].name`, shortName],
  ['a caller of 32 characters', caller(`name: ${long(32)}, publicKey: ${hex}`), `${callers}[0].name`, tooLong(31)],
  ['a caller without a name', caller(`publicKey: ${hex}`), `${callers}[0].name`, required],
  ['a caller without a key', caller('name: a'), `${callers}[0].publicKey`, required],
  ['a public key in upper case', keyOf(hex.toUpperCase()), `${callers}[0].publicKey`, publicKey],
  ['a public key that is too short', keyOf('abcd'), `${callers}[0].publicKey`, publicKey],
  ['a public key of 63 characters', keyOf(hex.slice(1)), `${callers}[0].publicKey`, publicKey],
  ['a secret key where a public key belongs', keyOf(hex + hex), `${callers}[0].publicKey`, publicKey],
  ['a public key in base64', keyOf(Buffer.from(hex, 'hex').toString('base64')), `${callers}[0].publicKey`, publicKey],
  ['a public key with 0x before it', keyOf(`0x${hex}`), `${callers}[0].publicKey`, publicKey],
  ['a public key with the letter O for a zero', keyOf(`O${hex.slice(1)}`), `${callers}[0].publicKey`, publicKey],
  ['an empty public key', keyOf(''), `${callers}[0].publicKey`, publicKey],
  ['a public key of 129 characters', keyOf(long(129)), `${callers}[0].publicKey`, tooLong(128)],
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
    tooMany(65, 64),
  ],
  ['a size in bytes', sized("'1073741824'"), size, wholeSize],
  ['a size in kilobytes', sized('900000Ki'), size, wholeSize],
  ['a size in decimal gigabytes', sized('2G'), size, wholeSize],
  ['a fraction of a size', sized('1.5Gi'), size, wholeSize],
  ['a size with a blank', sized("'2 Gi'"), size, wholeSize],
  ['a size with a leading zero', sized('02Gi'), size, wholeSize],
  ['a negative size', sized("'-2Gi'"), size, wholeSize],
  ['a size of zero', sized('0Gi'), size, wholeSize],
  ['an empty size', sized("''"), size, wholeSize],
  ['a size of seven digits', sized('1000000Mi'), size, wholeSize],
  ['a size of 17 characters', sized('100000000000000Gi'), size, tooLong(16)],
  ['a size under 256Mi', sized('255Mi'), size, leastSize],
  ['a storage class with a space', ofClass('a b'), storageClass, objectName],
  ['an empty storage class', ofClass("''"), storageClass, objectName],
  ['a storage class of 254 characters', ofClass(long(254)), storageClass, tooLong(253)],
  [
    'an unknown deletion policy',
    '{deletionPolicy: Keep}',
    'spec.deletionPolicy',
    'Unsupported value: "Keep": supported values: "RetainIdentity", "RetainAll", "Delete"',
  ],
  [
    'a deletion policy in lower case',
    '{deletionPolicy: retainAll}',
    'spec.deletionPolicy',
    'Unsupported value: "retainAll": supported values: "RetainIdentity", "RetainAll", "Delete"',
  ],
])
