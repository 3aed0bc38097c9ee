/**
 * Who may give a Whatsminer commands (Whatsminer API 2.0.5, "API ciphertext"): it hands out a challenge, and who knows its admin
 * password makes the token and the key of a conversation out of it. Neither password nor key ever travels.
 */
import { hash } from 'node:crypto'
import { type Fields, text } from './fields.ts'
import { md5Crypt } from './md5-crypt.ts'

/** What `get_token` answers: four digits of the miner's clock, the salt of its password, a salt for this token. */
export interface Challenge {
  readonly time: string
  readonly salt: string
  readonly newsalt: string
}

/** What a challenge and the password make. Secret. */
export interface Grant {
  /** The token: goes into each request. */
  readonly sign: string
  /** Of AES-256, for requests and answers. */
  readonly key: Buffer
}

/** A miner remembers a token for half an hour, and 32 of them for an address. */
export const tokenLifeMs = 1_800_000
export const tokenLimit = 32

/** The password of a miner as it leaves the factory. */
export const factoryPassword = 'admin'

/** As the maker's document has it: `key=$(openssl passwd -1 …)`, `sign` of `${key}${time:0-4}`, `aeskey=sha256(key)`. */
export function grantOf(password: string, { time, salt, newsalt }: Challenge): Grant {
  const key = md5Crypt(password, salt)
  return { sign: md5Crypt(key + time.slice(-4), newsalt), key: hash('sha256', key, 'buffer') }
}

/** The challenge in the `Msg` of an answer; null if it is none. */
export function parseChallenge(fields: Fields): Challenge | null {
  const [time, salt, newsalt] = [text(fields, 'time'), text(fields, 'salt'), text(fields, 'newsalt')]
  return time === null || salt === null || newsalt === null ? null : { time, salt, newsalt }
}
