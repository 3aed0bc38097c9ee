/**
 * Follows the files of one mounted folder. What it promises:
 *
 * W1  A set of files is of one version: kubelet swaps the `..data` link to a new version at once, so files are read where
 *     the link pointed, and again if it changed meanwhile (the old version is deleted then).
 * W2  Only a set that differs is reported, in the order of reading; readings never overlap.
 * W3  A change is found even if the kernel tells nothing: besides watching, it looks every `pollMs`.
 * W4  A folder or file that isn't there is a set without it, and it is waited for.
 */
import { type FSWatcher, watch } from 'node:fs'
import { readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileProblem, problem } from '../contract/file-problem.ts'
import { type Clock, systemClock } from '../machine/clock.ts'

/** What a folder held when it was last read. */
export interface FolderContent {
  /** Texts by file name; a file that isn't there is missing here. */
  readonly files: Readonly<Record<string, string>>
  /** Why a file that is there couldn't be read; such a file is missing in `files`. */
  readonly problem: FileProblem | null
}

export interface WatchedFolder {
  readonly content: FolderContent
  close(): void
}

export interface WatchOptions {
  /** Names of the files to read; others don't matter. */
  readonly files: readonly string[]
  readonly onChange: (content: FolderContent) => void
  readonly clock?: Clock
  /** Time between two looks without being told; 5 s unless given. */
  readonly pollMs?: number
  /** Rest after a sign of change before reading, so that a writer can finish; 30 ms unless given. */
  readonly settleMs?: number
}

/** Reads the folder once and follows it from then on. Never rejects: what can't be read is in the content. */
export async function watchFolder(path: string, options: WatchOptions): Promise<WatchedFolder> {
  const { files, onChange, clock = systemClock, pollMs = 5_000, settleMs = 30 } = options
  let content: FolderContent = { files: {}, problem: null }
  let watcher: { readonly inode: bigint; readonly close: () => void } | null = null
  let pending: { readonly dueAt: number; readonly cancel: () => void } | null = null
  let reading = false
  let signs = 0
  let closed = false

  const follow = async (): Promise<void> => {
    const inode = await inodeOf(path)
    if (closed || inode === watcher?.inode) return
    watcher?.close()
    watcher = inode === null ? null : { inode, close: watchDirectory(path, onSign) }
  }
  const lookOnce = async (): Promise<FolderContent> => {
    await follow()
    return readFolder(path, files)
  }
  const look = async (): Promise<void> => {
    pending = null
    reading = true
    const seen = signs
    const found = await lookOnce()
    reading = false
    if (closed) return
    schedule(seen === signs ? pollMs : settleMs)
    if (sameContent(found, content)) return
    content = found
    onChange(found)
  }
  const schedule = (delayMs: number): void => {
    pending?.cancel()
    const cancel = clock.after(delayMs, () => void look())
    pending = { dueAt: clock.monotonic() + delayMs, cancel }
  }
  const onSign = (): void => {
    signs += 1
    if (closed || reading || pending === null) return
    if (pending.dueAt > clock.monotonic() + settleMs) schedule(settleMs)
  }

  content = await lookOnce()
  schedule(signs === 0 ? pollMs : settleMs)
  return {
    get content() {
      return content
    },
    close() {
      closed = true
      pending?.cancel()
      watcher?.close()
    },
  }
}

/** A file larger than this is refused: the largest that is written here is a device list of well under a megabyte. */
const maxFileBytes = 16 * 1024 * 1024
/** More versions than this in the time of one reading is no kubelet. */
const maxReadings = 100

/** Reads the files of a folder once, all of one version. */
export async function readFolder(path: string, names: readonly string[]): Promise<FolderContent> {
  for (let readings = 1; ; readings += 1) {
    const version = await versionOf(path)
    const content = await readFiles(version === null ? path : join(path, version), names)
    if (readings === maxReadings || version === (await versionOf(path))) return content
  }
}

async function readFiles(path: string, names: readonly string[]): Promise<FolderContent> {
  const files: Record<string, string> = {}
  let found: FileProblem | null = null
  for (const name of names) {
    const result = await readOne(join(path, name))
    if (typeof result === 'string') files[name] = result
    else found ??= result
  }
  return { files, problem: found }
}

async function readOne(path: string): Promise<string | FileProblem | null> {
  try {
    const { size } = await stat(path)
    if (size > maxFileBytes) return problem('FileTooLarge', `${path} is larger than 16 MiB and is not read`)
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (isAbsence(code)) return null
    return problem('FileUnreadable', `${path} cannot be read (${code}); let this process's user or group read it`)
  }
}

/** Where `..data` points; null in a folder that kubelet doesn't write. */
async function versionOf(path: string): Promise<string | null> {
  return readlink(join(path, '..data')).catch(() => null)
}

async function inodeOf(path: string): Promise<bigint | null> {
  return stat(path, { bigint: true }).then(
    ({ ino }) => ino,
    () => null,
  )
}

/** Watches a directory as far as the system lets it; polling does the rest. Returns what ends it. */
function watchDirectory(path: string, onSign: () => void): () => void {
  let watcher: FSWatcher
  try {
    watcher = watch(path, { persistent: false }, onSign)
  } catch {
    return () => undefined
  }
  watcher.on('error', onSign)
  return () => watcher.close()
}

function sameContent(a: FolderContent, b: FolderContent): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function isAbsence(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR'
}
