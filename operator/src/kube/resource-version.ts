/**
 * Whether `seen` is at least as new as `wanted`. Versions of one resource are ordered decimal numbers (promised from
 * Kubernetes 1.35, true long before); other forms are only compared for equality.
 */
export function isAtLeast(seen: string, wanted: string): boolean {
  const decimal = /^\d+$/
  if (!decimal.test(seen) || !decimal.test(wanted)) return seen === wanted
  return seen.length === wanted.length ? seen >= wanted : seen.length > wanted.length
}
