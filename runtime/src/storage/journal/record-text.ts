const maxKeyBytes = 1_024
const maxTextBytes = 16 * 1024 * 1024

/** A key and its record as JSON, with their sizes in UTF-8. */
export interface RecordText {
  readonly key: string
  readonly keyBytes: number
  readonly text: string
  readonly textBytes: number
}

/** Throws a TypeError for a key or a record that can't be kept. */
export function formatRecord(key: string, record: object | string): RecordText {
  const keyBytes = Buffer.byteLength(key)
  if (keyBytes === 0 || keyBytes > maxKeyBytes || !key.isWellFormed()) {
    throw new TypeError(
      `a key is a well-formed text of 1 to ${maxKeyBytes} bytes; '${key.slice(0, maxKeyBytes)}' is not`,
    )
  }
  const text: unknown = typeof record === 'string' ? record : JSON.stringify(record)
  if (typeof text !== 'string' || !text.startsWith('{')) {
    throw new TypeError(`the record of '${key}' cannot be kept: it is no object in JSON`)
  }
  const textBytes = Buffer.byteLength(text)
  if (textBytes > maxTextBytes) {
    throw new TypeError(`the record of '${key}' cannot be kept: it is longer than ${maxTextBytes} bytes`)
  }
  return { key, keyBytes, text, textBytes }
}
