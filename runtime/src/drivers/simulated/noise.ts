/**
 * A number in [-1, 1) that looks random and is always the same for the same arguments: what makes simulated values
 * reproducible. FNV-1a over the text, then the finalizer of MurmurHash3 to spread neighbours apart.
 */
export function noise(seed: string, channel: string, step: number): number {
  let hash = 0x811c9dc5
  const text = `${seed}/${channel}/${step}`
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x80000000 - 1
}
