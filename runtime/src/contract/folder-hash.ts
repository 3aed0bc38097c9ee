import { contentHash } from './content-hash.ts'
import type { Folder } from './file-layout.ts'

/** The files that each folder holds. */
export const folderFiles = {
  topic: ['topic'],
  key: ['seed', 'publicKey', 'secretKey'],
  discovery: ['discovery.json'],
  roster: ['roster.json'],
  devices: ['devices.json'],
  workers: ['workers.json'],
  settings: ['settings.json'],
  admin: ['token'],
  tokens: ['read', 'command'],
} as const satisfies Readonly<Record<Folder, readonly string[]>>

/**
 * The hash of a folder's content, as status reports it under `files`; null if none of its files is there.
 * A folder of one file: the content hash of the file's text, byte for byte. A folder of several files: the content hash
 * of `<name>\0<text>\0` for each file that is there, by name in code-unit order.
 */
export function folderHash(folder: Folder, files: Readonly<Record<string, string | undefined>>): string | null {
  const names: readonly string[] = folderFiles[folder]
  const found = names.flatMap((name) => {
    const text = files[name]
    return text === undefined ? [] : [{ name, text }]
  })
  const [first] = found
  if (first === undefined) return null
  if (names.length === 1) return contentHash(first.text)
  const sorted = found.sort((a, b) => (a.name < b.name ? -1 : 1))
  return contentHash(sorted.map(({ name, text }) => `${name}\0${text}\0`).join(''))
}
