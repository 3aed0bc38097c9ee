import { isHexKey } from '../contract/hex-key.ts'

/** What was asked for can't work. The message says why and what to do. */
export class SdkError extends Error {
  override readonly name = 'SdkError'
}

/**
 * Refuses options that aren't there, instead of ignoring them: whoever sets one relies on it. `hints` says of upstream's what does
 * its work here.
 */
export function refuseUnknown(
  caller: string,
  options: object,
  known: readonly string[],
  hints: Readonly<Record<string, string>> = {},
): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const hint = hints[unknown] ?? `it knows ${known.join(', ')}`
  throw new SdkError(`${caller} has no option '${unknown}': ${hint}`)
}

interface WayToOrk {
  readonly ork?: unknown
  readonly orkKey?: string
  readonly discovery?: unknown
  readonly bootstrap?: unknown
}

/** Refuses more than one way to ORK, and none. */
export function refuseWayToOrk(caller: string, { ork, orkKey, discovery, bootstrap }: WayToOrk): void {
  const outside = [orkKey, discovery, bootstrap].some((option) => option !== undefined)
  if (ork !== undefined && outside) {
    throw new SdkError(`${caller} has an ork of this process; leave orkKey, discovery and bootstrap out`)
  }
  if (ork === undefined && !outside) {
    throw new SdkError(`${caller} finds no ORK; give ork, discovery: {mode: 'local'}, or bootstrap nodes of a DHT`)
  }
  if (orkKey !== undefined && !isHexKey(orkKey)) {
    throw new SdkError(`${caller} needs an orkKey of 64 hexadecimal characters in lower case`)
  }
}
