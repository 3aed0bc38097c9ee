/** What the values of a Whatsminer's answer are called; each is looked for under its names in turn. */
export type Fields = Readonly<Record<string, unknown>>

/** What one read of a Whatsminer has gathered. Empty where the firmware has no such command. */
export interface Answers {
  /** `summary` */
  readonly summary: Fields
  /** `pools` */
  readonly pools: readonly Fields[]
  /** `edevs`: a hash board each */
  readonly boards: readonly Fields[]
  /** `status` */
  readonly status: Fields
  /** `get_miner_info` */
  readonly info: Fields
  /** `get_version` */
  readonly version: Fields
  /** `get_error_code` */
  readonly errorCodes: readonly string[]
  /** The model that `devdetails` names. */
  readonly ownModel: string | null
  /** Why the miner doesn't take commands from us, as a sentence; null if nothing is known against it. */
  readonly refusal: string | null
}

/** A number, also one written as text; null if there is none. */
export function number(fields: Fields, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = fields[name]
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof read === 'number' && Number.isFinite(read)) return read
  }
  return null
}

export function text(fields: Fields, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string') return value.replace(/^'(.*)'$/, '$1')
  }
  return null
}

/** A boolean, also one written as text. */
export function flag(fields: Fields, ...names: readonly string[]): boolean | null {
  for (const name of names) {
    const value = fields[name]
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
  }
  return null
}

/** The codes of `get_error_code`: `["329"]`, `[329]` or, newer, `[{"329": "2023-01-31 10:00:00"}]`. */
export function errorCodes(fields: Fields): readonly string[] {
  const list = fields['error_code']
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown) => {
    if (typeof item === 'string' || typeof item === 'number') return [String(item)]
    return typeof item === 'object' && item !== null ? Object.keys(item) : []
  })
}
