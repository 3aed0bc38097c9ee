/**
 * Reads what Whatsminers send as JSON. Over the years firmwares have ended answers with a NUL, left out commas between
 * objects, put commas too many, written `nan` and `inf`, put raw control characters into strings, sent two documents in a row
 * and kept the connection open after a complete one. All of that is understood; nothing inside a string is changed.
 */

/** Whole strings, brackets outside of them, and the quote of a string that doesn't end. */
const marks = /"(?:[^"\\]|\\[\s\S])*"|["{}[\]]/g

/** Where the first document of a text begins and ends; null while it isn't complete. */
export function findDocument(text: string): { readonly start: number; readonly end: number } | null {
  const start = text.indexOf('{')
  if (start === -1) return null
  let depth = 0
  for (const { 0: mark, index } of text.slice(start).matchAll(marks)) {
    if (mark === '"') return null
    if (mark === '{' || mark === '[') depth += 1
    if (mark === '}' || mark === ']') depth -= 1
    if (depth === 0) return { start, end: start + index + 1 }
  }
  return null
}

/** The value of an answer, or undefined if it can't be understood. */
export function parseAnswer(text: string): unknown {
  const found = findDocument(text)
  if (found === null) return undefined
  const document = text.slice(found.start, found.end)
  return parseJson(document) ?? parseJson(repair(document))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const strings = /("(?:[^"\\]|\\[\s\S])*")/

function repair(document: string): string {
  const parts = document.split(strings)
  return parts.map((part, index) => (index % 2 === 1 ? repairString(part) : repairStructure(part))).join('')
}

function repairString(text: string): string {
  return Array.from(text, (character) => (character < ' ' ? ' ' : character)).join('')
}

function repairStructure(text: string): string {
  return text
    .replaceAll('\0', '')
    .replaceAll(/[-+]?\b(nan|inf|infinity)\b/gi, 'null')
    .replaceAll(/}(\s*){/g, '},$1{')
    .replaceAll(/,(\s*,)+/g, ',')
    .replaceAll(/,(\s*[}\]])/g, '$1')
    .replaceAll(/([{[]\s*),/g, '$1')
}
