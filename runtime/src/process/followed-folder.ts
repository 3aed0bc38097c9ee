import { join } from 'node:path'
import { type Folder, folders } from '../contract/file-layout.ts'
import { type FileProblem, problem } from '../contract/file-problem.ts'
import { folderFiles, folderHash } from '../contract/folder-hash.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { FileReader } from './file-readers.ts'
import { type FolderContent, watchFolder } from './watched-folder.ts'
import { createWatchedValue, type Reading, type WatchedValue } from './watched-value.ts'

export interface FollowOptions {
  /** The folder that has the folders. */
  readonly dir: string
  readonly log: Log
  readonly clock?: Clock
  /** Time between two looks without being told of a change; 5 s unless given. */
  readonly pollMs?: number
}

export interface FollowedFolder<Value> {
  readonly value: WatchedValue<Value>
  close(): void
}

/** Reads one folder and follows it; each change and each problem is logged once. */
export async function followFolder<Value>(
  folder: Folder,
  reader: FileReader<Value>,
  { dir, log, ...watching }: FollowOptions,
): Promise<FollowedFolder<Value>> {
  const path = join(dir, folders[folder])
  const names: readonly string[] = folderFiles[folder]
  const read = ({ files, problem: unreadable }: FolderContent): Reading<Value> => {
    const hash = folderHash(folder, files)
    if (hash === null && unreadable === null && reader.absent !== undefined)
      return { value: reader.absent, hash: null, problem: null }
    if (hash === null) return { value: null, hash: null, problem: unreadable ?? missing(path, names) }
    const found = reader.read(files)
    return { value: found.value, hash: found.value === null ? null : hash, problem: unreadable ?? found.problem }
  }
  const onChange = (content: FolderContent): void => {
    const found = read(content)
    const keeps = found.value === null && reader.keepsLastGood
    const reading = keeps ? { value: value.current(), hash: value.hash(), problem: found.problem } : found
    logReading(log, folder, reading)
    value.set(reading)
  }
  const watched = await watchFolder(path, { files: names, onChange, ...watching })
  const value = createWatchedValue(read(watched.content))
  logReading(log, folder, { value: value.current(), hash: value.hash(), problem: value.problem() })
  return { value, close: () => watched.close() }
}

function missing(path: string, names: readonly string[]): FileProblem {
  return problem(
    'FileMissing',
    `${path} has no ${names.join(' or ')}; mount it there, it is read as soon as it appears`,
  )
}

function logReading(log: Log, folder: Folder, { hash, problem: found }: Reading<unknown>): void {
  if (found === null && hash === null) log.info({ [logField.folder]: folder }, 'no files, the usual values count')
  else if (found === null) log.info({ [logField.folder]: folder, [logField.hash]: hash }, 'files read')
  else {
    const fields = { [logField.folder]: folder, [logField.hash]: hash, [logField.code]: found.reason }
    log.warn({ ...fields, problem: found.message }, 'files cannot be used as they are')
  }
}
