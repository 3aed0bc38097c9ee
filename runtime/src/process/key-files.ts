import { folderFiles, folderHash } from '../contract/folder-hash.ts'
import { type KeyPair, parseKeyPair } from '../contract/key-pair.ts'
import { readFolder } from './watched-folder.ts'

/** The process can't run with the key that it was given. The message says where it is and what to do. */
export class KeyFilesError extends Error {
  override readonly name = 'KeyFilesError'
}

export interface KeyFiles {
  readonly pair: KeyPair
  readonly hash: string | null
}

/** Reads a process's own key from its folder. Rejects with a KeyFilesError. */
export async function readKeyFiles(path: string): Promise<KeyFiles> {
  const { files, problem } = await readFolder(path, folderFiles.key)
  if (problem !== null) throw new KeyFilesError(`the key of this process cannot be read: ${problem.message}`)
  const parsed = parseKeyPair(files)
  if (parsed.kind === 'problem') {
    throw new KeyFilesError(`the key in ${path} cannot be used (${parsed.reason}): ${parsed.message}`)
  }
  return { pair: parsed.value, hash: folderHash('key', files) }
}
