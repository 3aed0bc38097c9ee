import { noise } from '../drivers/simulated/noise.ts'
import { type Challenge, type Grant, grantOf, tokenLifeMs, tokenLimit } from '../drivers/whatsminer/token.ts'

/** "Miner supports max 16 IP clients" (Whatsminer API 2.0.5). */
const addressLimit = 16

export interface TokenDesk {
  /** A challenge for an address; null when it, or the miner, has as many tokens as it may. */
  give(from: string): Challenge | null
  /** The key with which everything is encrypted until the password is changed. */
  key(): Buffer
  /** Whether this address was given the token, and not too long ago. */
  knows(sign: string, from: string): boolean
  /** Sets the admin password. As on a real miner a new salt comes with it, and no old token is worth anything. */
  setPassword(password: string): void
}

interface GivenToken {
  readonly from: string
  readonly sign: string
  readonly at: number
}

export interface TokenDeskPorts {
  readonly now: () => number
  /** A miner forgets its tokens when it restarts. */
  readonly bootedAt: () => number
  /** The n-th salt of this miner: eight characters. Salts of a toy need not be hard to guess. */
  readonly saltOf: (n: number) => string
}

export function createTokenDesk(password: string, { now, bootedAt, saltOf }: TokenDeskPorts): TokenDesk {
  let salts = 0
  let given: readonly GivenToken[] = []
  const nextSalt = () => {
    salts += 1
    return saltOf(salts)
  }
  let secret = { password, salt: nextSalt() }
  let made: { readonly salt: string; readonly key: Buffer } | null = null
  const alive = () => given.filter(({ at }) => now() < at + tokenLifeMs && at >= bootedAt())
  const grant = (challenge: Challenge): Grant => grantOf(secret.password, challenge)
  return {
    give(from) {
      const tokens = alive()
      const addresses = new Set(tokens.map((token) => token.from).concat(from))
      if (addresses.size > addressLimit || tokens.filter((token) => token.from === from).length >= tokenLimit)
        return null
      const challenge = { time: String(Math.floor(now() / 1000)).slice(-4), salt: secret.salt, newsalt: nextSalt() }
      given = [...tokens, { from, sign: grant(challenge).sign, at: now() }]
      return challenge
    },
    key() {
      const { salt } = secret
      if (made?.salt !== salt) made = { salt, key: grant({ time: '', salt, newsalt: '' }).key }
      return made.key
    },
    knows: (sign, from) => alive().some((token) => token.sign === sign && token.from === from),
    setPassword(next) {
      secret = { password: next, salt: nextSalt() }
      given = []
    },
  }
}

/** Salts that are the same in every process for the same seed. */
export function saltsOf(seed: string): (n: number) => string {
  return (n) =>
    Math.floor((noise(seed, 'salt', n) + 1) * 1e15)
      .toString(36)
      .padStart(8, '0')
      .slice(-8)
}
