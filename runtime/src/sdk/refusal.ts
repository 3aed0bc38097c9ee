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
