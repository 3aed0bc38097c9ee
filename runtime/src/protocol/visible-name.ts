/** What peers may name a thing by: 1 to 128 visible ASCII characters, fit for logs, headers and keys. */
export const visibleName = /^[\x21-\x7e]{1,128}$/

export function isVisibleName(value: unknown): value is string {
  return typeof value === 'string' && visibleName.test(value)
}
