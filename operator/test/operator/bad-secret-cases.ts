import { keyPairOfSeed } from '../../../runtime/src/contract/index.ts'

/** What is wrong with a Secret, and what the site says of it. */
export interface BadSecret {
  readonly title: string
  readonly data: Readonly<Record<string, string | Buffer>>
  readonly reason: 'TopicMalformed' | 'KeyIncomplete' | 'KeyMalformed' | 'KeyMismatch' | 'TokensMalformed'
  /** Part of the message. */
  readonly says: string
}

/** A Secret of one identity: the reference to it, the operator's own, a good content, and bad ones. */
export interface SecretKind {
  readonly what: string
  readonly source: string
  readonly own: string
  readonly good: Readonly<Record<string, string>>
  readonly bad: readonly BadSecret[]
  readonly alsoGood: readonly (readonly [title: string, data: Readonly<Record<string, string>>])[]
}

type Row = readonly [title: string, data: BadSecret['data'], says: string]

const rows = (reason: BadSecret['reason'], table: readonly Row[]): BadSecret[] =>
  table.map(([title, data, says]) => ({ title, data, reason, says }))

const binary = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37 + 131) % 256))
const base64 = (text: string) => Buffer.from(text).toString('base64')

const topic = 'a1'.repeat(32)
const hex64 = 'must hold 64 hexadecimal characters in lower case'

const topics: SecretKind = {
  what: 'the topic',
  source: 'corp-topic',
  own: 's-topic',
  good: { topic },
  bad: rows('TopicMalformed', [
    ['that is empty', {}, "key 'topic' is missing"],
    ['whose key is called Topic', { Topic: topic }, "key 'topic' is missing"],
    ['of an empty text', { topic: '' }, 'it is empty'],
    ['of 63 characters', { topic: topic.slice(1) }, hex64],
    ['of 66 characters', { topic: `${topic}a1` }, hex64],
    ['in upper case', { topic: topic.toUpperCase() }, 'it is in upper case'],
    ['with a blank inside', { topic: `${topic.slice(0, 32)} ${topic.slice(32)}` }, 'it holds white space'],
    ['with two newlines behind it', { topic: `${topic}\n\n` }, 'it holds white space'],
    ['of 32 bytes as they are', { topic: binary }, hex64],
    ['in base64 twice', { topic: base64(topic) }, 'it is base64 of them'],
    ['with 0x before it', { topic: `0x${topic.slice(2)}` }, hex64],
    ['with the letter O for a zero', { topic: `O${topic.slice(1)}` }, hex64],
    ['of zeros', { topic: '0'.repeat(64) }, 'it holds zeros only'],
    ['that ends with a zero byte', { topic: `${topic}\0` }, hex64],
  ]),
  alsoGood: [
    ['with a newline behind it', { topic: `${topic}\n` }],
    ["with Windows' newline behind it", { topic: `${topic}\r\n` }],
    ['beside other keys', { topic, note: 'ours' }],
  ],
}

const pair = keyPairOfSeed('5e'.repeat(32))
const { seed, publicKey, secretKey } = pair
const other = keyPairOfSeed('5f'.repeat(32))
/** What everybody may see, whatever key it stands under. */
export const publicKeys: readonly string[] = [publicKey, other.publicKey]

const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIF5e\n-----END PRIVATE KEY-----\n'

const keys: SecretKind = {
  what: "ORK's key",
  source: 'corp-key',
  own: 's-ork-key',
  good: { seed },
  bad: [
    ...rows('KeyIncomplete', [
      ['that is empty', {}, "it holds none of the keys 'seed', 'publicKey', 'secretKey'"],
      ['under keys of another product', { 'tls.key': pem, 'tls.crt': pem }, 'it holds none of the keys'],
      ['with a public key alone', { publicKey }, 'it holds a publicKey alone'],
      ['with a secret key alone', { secretKey }, 'it holds a secretKey alone'],
    ]),
    ...rows('KeyMalformed', [
      ['whose seed is empty', { seed: '' }, "key 'seed' must hold 64"],
      ['whose seed is in upper case', { seed: seed.toUpperCase() }, 'it is in upper case'],
      ['whose seed has 62 characters', { seed: seed.slice(2) }, "key 'seed' must hold 64"],
      ['whose seed is 32 bytes as they are', { seed: binary }, "key 'seed' must hold 64"],
      ['whose seed is in base64 twice', { seed: base64(seed) }, 'it is base64 of them'],
      ['whose seed is zeros', { seed: '0'.repeat(64) }, 'it holds zeros only'],
      ['whose seed is PEM', { seed: pem }, "key 'seed' must hold 64"],
      ['whose keys are swapped', { publicKey: secretKey, secretKey: publicKey }, "key 'publicKey' must hold 64"],
      ['whose secret key was cut short', { publicKey, secretKey: secretKey.slice(0, 127) }, "key 'secretKey'"],
    ]),
    ...rows('KeyMismatch', [
      ['with the public key of another pair', { publicKey: other.publicKey, secretKey }, 'do not belong together'],
      ["with a seed that isn't the public key's", { seed, publicKey: other.publicKey }, 'do not belong together'],
      ["with a bare secret key that isn't the seed", { publicKey, secretKey: other.seed }, 'do not belong together'],
      ['whose bare keys are swapped', { publicKey: seed, secretKey: publicKey }, 'do not belong together'],
      ['of halves of two pairs', { publicKey, secretKey: other.seed + publicKey }, 'do not belong together'],
      ['of a seed and a foreign secret key', { seed, secretKey: other.secretKey }, 'do not belong together'],
    ]),
  ],
  alsoGood: [
    ['as a pair', { publicKey, secretKey }],
    ['as a public key and a bare seed, each with a newline', { publicKey: `${publicKey}\n`, secretKey: `${seed}\n` }],
    ['whole, beside other keys', { ...pair, note: 'ours' }],
  ],
}

const [read, command] = ['read-token-of-this-test', 'command-token-of-this-test']

const tokens: SecretKind = {
  what: "App Node's tokens",
  source: 'corp-tokens',
  own: 's-app-node-tokens',
  good: { read, command },
  bad: rows('TokensMalformed', [
    ['that is empty', {}, "key 'read' is empty or missing"],
    ['without a token to command', { read }, "key 'command' is empty or missing"],
    ['whose token to read is empty', { read: '', command }, "key 'read' is empty or missing"],
    ['of nothing but newlines', { read, command: '\n\n' }, "key 'command' is empty or missing"],
    ['with a token of 19 characters', { read: 'r'.repeat(19), command }, "key 'read' must hold one token a line"],
    ['with a token of 201 characters', { read, command: 'c'.repeat(201) }, "key 'command' must hold one token a line"],
    [
      'with a blank in a token',
      { read: 'a read token of this test', command },
      "key 'read' must hold one token a line",
    ],
    ['with an empty line between tokens', { read: `${read}\n\n${read}-2`, command }, "key 'read' must hold"],
    ['with quotation marks', { read, command: `"${command}"` }, "key 'command' must hold"],
    ['with a long dash', { read, command: command.replace('-', '–') }, "key 'command' must hold"],
    ['of bytes that are no text', { read: binary, command }, "key 'read' must hold"],
    ['as a JSON list', { read: JSON.stringify([read]), command }, "key 'read' must hold"],
    ['with one token for both', { read, command: `${command}\n${read}` }, "under both 'read' and 'command'"],
  ]),
  alsoGood: [
    ['of several lines, as while they are replaced', { read: `${read}\n${read}-2\n`, command }],
    ['with one line twice', { read: `${read}\n${read}`, command }],
  ],
}

export const secretKinds: readonly SecretKind[] = [topics, keys, tokens]
