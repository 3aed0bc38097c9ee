/**
 * How deep a message may be nested. A parser takes a million levels; writing, copying and comparing recurse, and end in a
 * RangeError after a few thousand. No message of any version has more than ten.
 */
export const maxNesting = 100

/** Whether the text of a JSON document opens more objects and lists in each other than `maxNesting`. */
export function isTooDeep(text: Buffer): boolean {
  // Each level takes two bytes.
  if (text.length <= 2 * maxNesting) return false
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0
    if (inText && byte === backslash) at += 1
    else if (byte === quote) inText = !inText
    else if (!inText) depth += steps[byte] ?? 0
    if (depth > maxNesting) return true
  }
  return false
}

const [quote, backslash] = Buffer.from('"\\')

/** What a byte outside of a text does to the depth. */
const steps = new Int8Array(256)
for (const opening of Buffer.from('{[')) steps[opening] = 1
for (const closing of Buffer.from('}]')) steps[closing] = -1
