/** What the tables of cases are made of: objects in short, and what the API server says of them. */

export type CaseKind = 'MdkSite' | 'MdkWorker' | 'MdkRack'

/** An object in short: a name and the spec as YAML; without spec where that is undefined. */
export interface CaseObject {
  readonly kind: CaseKind
  readonly name?: string
  readonly spec?: string
}

interface Refusal {
  readonly field: string
  readonly sentence: string
}

/** An object that is refused when it is made. */
export interface RefusedCase extends CaseObject, Refusal {
  readonly title: string
}

/** A change of an accepted object that is refused. */
export interface RefusedChange extends Refusal {
  readonly title: string
  readonly kind: CaseKind
  readonly before?: string
  readonly after?: string
}

export type Row = readonly [title: string, spec: string | undefined, field: string, sentence: string, name?: string]

export function rows(kind: CaseKind, table: readonly Row[]): RefusedCase[] {
  return table.map(([title, spec, field, sentence, name]) => ({
    title,
    kind,
    field,
    sentence,
    ...(spec === undefined ? {} : { spec }),
    ...(name === undefined ? {} : { name }),
  }))
}

/** What the API server calls the field of a rule on the whole object. */
export const root = '<nil>'
export const hex = 'ab'.repeat(32)
export const ref = 'siteRef: {name: s}'
export const long = (length: number) => 'a'.repeat(length)

/** Sentences that more than one kind has. */
export const sentences = {
  required: 'Required value',
  objectName: "must be the name of a Kubernetes object: a-z, 0-9, '-' and '.'",
  shortName: "must hold only a-z, 0-9 and '-', such as rack-1",
  driver: 'must be the name of a driver, such as miner-whatsminer',
  model: 'must be a model without spaces, such as M56S',
  site: 'must be the name of an MdkSite, such as texas-1',
} as const

/** The API server's own words for a text or number out of its bounds. */
export const tooLong = (bytes: number) => `Too long: may not be more than ${bytes} bytes`
export const tooMany = (count: number, limit: number) => `Too many: ${count}: must have at most ${limit} items`
