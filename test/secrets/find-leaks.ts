/** A value that nobody may read, and what it is called in a report: the value itself is never told. */
export interface Secret {
  readonly name: string
  readonly value: string
}

/** Something that can be read, and where. */
export interface Readable {
  readonly place: string
  readonly text: string
}

/** Shorter ones would be found everywhere by chance. */
const leastLength = 8

/** Where secrets can be read, in whatever form: `PLACE holds NAME as FORM`. */
export function findLeaks(secrets: readonly Secret[], readables: readonly Readable[]): string[] {
  const forms = secrets
    .filter(({ value }) => value.length >= leastLength)
    .flatMap(({ name, value }) => formsOf(value).map((form) => ({ name, ...form })))
  return readables.flatMap(({ place, text }) => {
    const found = forms.filter((form) => text.includes(form.text))
    return [...new Set(found.map(({ name, as }) => `${place} holds ${name} as ${as}`))]
  })
}

interface Form {
  readonly as: string
  readonly text: string
}

function formsOf(value: string): Form[] {
  return [{ as: 'it is', text: value }, ...formsOfBytes(Buffer.from(value)), ...formsOfHex(value)]
}

/** What a value in hex stands for may be written in other ways. */
function formsOfHex(value: string): Form[] {
  return /^([0-9a-fA-F]{2})+$/.test(value) ? formsOfBytes(Buffer.from(value, 'hex')) : []
}

function formsOfBytes(bytes: Buffer): Form[] {
  const hex = bytes.toString('hex')
  const pairs = hex.match(/../g) ?? []
  return [
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
    { as: 'hex', text: hex },
    { as: 'hex', text: hex.toUpperCase() },
    { as: 'a Buffer', text: pairs.slice(0, inspected).join(' ') },
    { as: 'a list of bytes', text: [...bytes].join(',') },
    { as: 'a list of bytes', text: [...bytes].join(', ') },
  ]
}

/** Bytes of a Buffer that Node shows. */
const inspected = 50

/** How bytes look in the base64 of a longer text, in which they come `offset` bytes after a multiple of three. */
function base64At(bytes: Buffer, offset: number): Form[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const own = padded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6))
  const url = own.replaceAll('+', '-').replaceAll('/', '_')
  return [own, url].map((text) => ({ as: 'base64', text }))
}
