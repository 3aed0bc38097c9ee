/** The text that a peer gave; null if it gave none, an empty one, or something else. */
export function filledText(value: unknown): string | null {
  return isFilledText(value) ? value : null
}

export function isFilledText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
