const maxKeyBytes = 1_024
const maxRecordBytes = 16 * 1024 * 1024

/** The record as JSON. Throws a TypeError for a key or a record that can't be kept. */
export function formatRecord(key: string, record: object): string {
  if (!key.isWellFormed() || key === '' || Buffer.byteLength(key) > maxKeyBytes) {
    throw new TypeError(
      `a key is a well-formed text of 1 to ${maxKeyBytes} bytes; '${key.slice(0, maxKeyBytes)}' is not`,
    )
  }
  const text: unknown = JSON.stringify(record)
  if (typeof text !== 'string' || !text.startsWith('{')) {
    throw new TypeError(`the record of '${key}' cannot be kept: it is no object in JSON`)
  }
  if (Buffer.byteLength(text) > maxRecordBytes) {
    throw new TypeError(`the record of '${key}' cannot be kept: it is longer than ${maxRecordBytes} bytes`)
  }
  return text
}
