/** Longest message of a condition. */
export const maxMessageLength = 1024

/** Cuts a text that is too long for its field, and shows that it was cut. */
export function limitText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

const namesShown = 3

/** The first few of many names, sorted: `a, b, c and 7 more`. */
export function listNames(names: readonly string[]): string {
  const sorted = [...names].sort()
  const rest = sorted.length - namesShown
  return rest > 0 ? `${sorted.slice(0, namesShown).join(', ')} and ${rest} more` : sorted.join(', ')
}

/** `1 device is`, `2 devices are`. */
export function countThings(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`
}
