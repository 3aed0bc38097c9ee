const form = /^([+-]?\d*\.?\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/
/** Exponents of ten, and of two. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }

/** The number behind a Kubernetes quantity such as `500m` or `1Gi`; null if it isn't one. */
export function parseQuantity(text: string): number | null {
  const [, digits, exponent, unit = ''] = form.exec(text) ?? []
  if (digits === undefined) return null
  const twos = binary[unit]
  // Through text, so that 1100m and 1.1 are the same float.
  return twos === undefined ? Number(`${digits}e${exponent ?? decimal[unit] ?? 0}`) : Number(digits) * 2 ** twos
}
