/**
 * What keeps a text from being hexadecimal of one of the lengths (the first is told), in words for whoever typed something
 * else; null if nothing does. Never shows the text.
 */
export function findHexFlaw(text: string, lengths: readonly number[]): string | null {
  const isHex = (candidate: string) => /^[0-9a-f]*$/.test(candidate) && lengths.includes(candidate.length)
  const rule = `must hold ${lengths[0]} hexadecimal characters in lower case`
  if (isHex(text)) return /^0+$/.test(text) ? `${rule}; it holds zeros only, which everybody can guess` : null
  const hint = [
    [text === '', 'it is empty'],
    [isHex(text.toLowerCase()), 'it is in upper case'],
    [isHex(text.replace(/\s/g, '')), 'it holds white space'],
    [isHex(fromBase64(text)), 'it is base64 of them: under data once is enough, under stringData it is none at all'],
  ].find(([applies]) => applies === true)?.[1]
  return hint === undefined ? rule : `${rule}; ${String(hint)}`
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8').trim()
}
