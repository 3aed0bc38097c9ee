/**
 * Compares dotted version numbers by their numeric parts: negative if `a` is older, 0 if equal, positive if newer.
 * A leading `v` or `go` is allowed, a missing part counts as 0, and what follows the numbers (`rc1`, `-alpha`) is not looked at.
 */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a)
  const right = parseVersion(b)
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The numeric parts of a version, `[]` if the text has none. */
function parseVersion(text: string): number[] {
  const numbers = /^(?:v|go)?(\d+(?:\.\d+)*)/.exec(text.trim())?.[1]
  return numbers === undefined ? [] : numbers.split('.').map(Number)
}
