/** The kinds of text, number and reference that the resources are made of. */
import { z } from 'zod'
import { isHost, isHostRule } from './host.ts'
import { type CheckedRule, immutable, withRules } from './rules.ts'

interface Text {
  readonly max: number
  /** In the syntax that RE2 (CEL) and JavaScript share, without quotes and slashes. */
  readonly pattern: RegExp
  readonly message: string
}

/**
 * A text of at most `max` characters. What people type is checked by a CEL rule with a sentence, not by `pattern`, whose
 * message would be the regular expression, nor by `minLength`: an empty text is told in the same sentence.
 */
function text({ max, pattern, message }: Text, ...more: readonly CheckedRule<string>[]) {
  const rule = { rule: `self.matches('${pattern.source}')`, message, holds: (value: string) => pattern.test(value) }
  return withRules(z.string().max(max), rule, ...more)
}

const objectName = {
  max: 253,
  pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
  message: "must be the name of a Kubernetes object: a-z, 0-9, '-' and '.'",
}
const driverName = {
  max: 40,
  pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/,
  message: 'must be the name of a driver, such as miner-whatsminer',
}
const quantity = {
  max: 16,
  pattern: /^[1-9][0-9]{0,5}(Mi|Gi|Ti)$/,
  message: 'must be a whole number of Mi, Gi or Ti, such as 2Gi',
}

export const storageClassName = text(objectName)

/** Name of a rack in a reference, or of a caller. */
export const shortName = text({
  max: 31,
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  message: "must hold only a-z, 0-9 and '-', such as rack-1",
})

export const deviceName = text({
  max: 63,
  pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  message: "must begin and end with a letter or digit and hold only letters, digits, '.', '_' and '-'",
})

export const address = withRules(z.string().max(253), {
  rule: isHostRule,
  message:
    'must be a host name or an IP address such as 10.1.2.3, without scheme, port or path and without leading zeros',
  holds: isHost,
})

const labelNames = {
  max: 317,
  pattern: /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?[/])?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  message: 'must be the name of a label, such as row or example.com/row',
}

/** Name of a label, with a prefix or without, as a selector asks for it. */
export const labelName = text(labelNames)

/** Value of a label, which may be empty. */
export const labelValue = text({
  max: 63,
  pattern: /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/,
  message: "must be the value of a label: letters, digits, '.', '_' and '-', such as hall-2",
})

/** Labels with the values that they must have. */
export const labelSet = withRules(textMap(16, labelValue), {
  rule: `self.all(name, name.matches('${labelNames.pattern.source}'))`,
  message: 'every name must be that of a label, such as row or example.com/row',
  holds: (wanted) => Object.keys(wanted).every((name) => labelNames.pattern.test(name)),
})

export const model = text({
  max: 40,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._+-]*$/,
  message: 'must be a model without spaces, such as M56S',
})

export const publicKey = text({
  max: 128,
  pattern: /^[0-9a-f]{64}$/,
  message: 'must be a public key: 64 hexadecimal characters in lower case',
})

export const driver = text(driverName)

/** Driver of an MdkWorker, which can't become another. */
export const fixedDriver = text(driverName, immutable('driver is immutable: create another MdkWorker'))

/** Size of a volume. */
export const volumeSize = text(quantity, {
  rule: `!self.matches('${quantity.pattern.source}') || quantity(self).compareTo(quantity('256Mi')) >= 0`,
  message: 'must be at least 256Mi',
  holds: (size) => !quantity.pattern.test(size) || mebibytes(size) >= 256,
})

function mebibytes(size: string): number {
  const factors: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, Ti: 1024 ** 2 }
  return Number(size.slice(0, -2)) * (factors[size.slice(-2)] ?? Number.NaN)
}

/** A reference to a Secret of the same namespace. */
export function secretRef(description: string) {
  return z
    .object({ name: text(objectName).describe('Name of the Secret, in the same namespace.') })
    .meta({ description, 'x-kubernetes-map-type': 'atomic' })
}

const siteName = text({
  max: 40,
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  message: 'must be the name of an MdkSite, such as texas-1',
})

/** The site of a worker or rack. */
export function siteRef(description: string) {
  const reference = z
    .object({ name: siteName.describe('Name of the MdkSite, in the same namespace.') })
    .meta({ description, 'x-kubernetes-map-type': 'atomic' })
  return withRules(reference, immutable('siteRef is immutable: delete the object and create it for the other site'))
}

/** A list whose items are told apart by one field, so that two appliers can each own some of them. */
export function listMap<Item extends z.ZodType<Readonly<Record<Key, string>>>, Key extends string>(
  item: Item,
  key: Key,
  max: number,
) {
  return z
    .array(item)
    .max(max)
    .refine((items) => isDistinct(items.map((one) => one[key])), `every ${key} must be there once only`)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] })
}

/** A list of distinct texts. */
export function textSet(item: z.ZodString, max: number) {
  return z
    .array(item)
    .max(max)
    .refine(isDistinct, 'every item must be there once only')
    .meta({ 'x-kubernetes-list-type': 'set' })
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}

/** Texts by name. */
export function textMap(maxEntries: number, value: z.ZodString) {
  return z
    .record(z.string(), value)
    .refine((entries) => Object.keys(entries).length <= maxEntries, `must have at most ${maxEntries} entries`)
    .meta({ maxProperties: maxEntries })
}

/**
 * A part that may be left out, or null, which means the same. Server-side apply stores null where a part loses its last
 * field and is still declared as `{}` (and `{}` the next time); where null is no value, it refuses.
 */
export function section<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish()
}

/** A number of things. */
export function count(description: string) {
  return z.int().min(0).meta({ description, format: 'int32' })
}

/** `status.observedGeneration`; the CRD gives it -1 to an object that nobody has looked at. */
export const observedGeneration = z.int().meta({
  description: 'The generation of the spec that this status speaks of; -1 before the first look.',
  format: 'int64',
})
