import { basename, dirname } from 'node:path'
import { isHexKey } from '../contract/hex-key.ts'
import { watchFolder } from '../process/watched-folder.ts'

/** A public key that another part of the site tells in a file. */
export interface ToldKey {
  /** Null until it was told. */
  current(): string | null
  close(): void
}

/** Follows the file. Whatever isn't a key is none. */
export async function followToldKey(path: string, onChange: () => void): Promise<ToldKey> {
  const name = basename(path)
  let current: string | null = null
  const read = (files: Readonly<Record<string, string>>) => {
    const text = files[name]?.trim() ?? ''
    current = isHexKey(text) ? text : null
  }
  const watched = await watchFolder(dirname(path), {
    files: [name],
    onChange({ files }) {
      read(files)
      onChange()
    },
  })
  read(watched.content.files)
  return { current: () => current, close: () => watched.close() }
}
