/**
 * A folder in which the processes of one machine find each other, without a DHT:
 *
 * - `<name>.key`: the public key (64 hexadecimal characters) of a worker that wants to be found. Upstream's file: its kernel reads
 *   these, and no others.
 * - `<public key>.port`: the UDP port on 127.0.0.1 at which the process with this key listens. A file of its own, since upstream
 *   takes all of a key file for the key.
 *
 * F1  A file is written whole, by renaming, and for its user alone (0600).
 * F2  A file counts for `freshMs` after its process has written or touched it, which it does every ten seconds: what a killed
 *     process left behind is soon nothing, however long it lies there.
 * F3  Of two processes that write one file the last that started has it; the other yields, and takes it back when it is stale.
 * F4  Nothing outside the folder is reached: a name is a plain name, and links, pipes and large files aren't read.
 */
import { constants, type FSWatcher, watch } from 'node:fs'
import { mkdir, open, readdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from './write-whole.ts'

/** The folder can't be used, or a name can't be a file's. The message says why and what to do. */
export class MeetingError extends Error {
  override readonly name = 'MeetingError'
}

export interface MeetingFolder {
  /** Writes the file, whoever has it. Rejects with a MeetingError. */
  write(file: string, text: string): Promise<void>
  /** Keeps the file: touches it, or writes it again if it is gone or stale. Rejects with a MeetingError if another has it (F3). */
  keep(file: string, text: string): Promise<void>
  /** Removes the file if it still is as it was written. */
  remove(file: string, text: string): Promise<void>
  /** What a file that counts says, without white space around; null if there is none. */
  read(file: string): Promise<string | null>
  /** Names of the files that end so; without those endings, sorted. */
  list(ending: string): Promise<readonly string[]>
  /** Calls when a file came, went or was written anew, as far as the system tells; not when one was touched. Returns what ends it. */
  watch(onChange: () => void): () => void
}

/** Four times as long as it takes until a file is touched. */
export const freshMs = 40_000
/** More than any file here has. */
const maxBytes = 256

/** What a worker may be called where its name is that of a file. */
const plainName = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

/** Gives the name back if it can be that of a file. Throws a MeetingError. */
export function plainNameOf(name: string): string {
  if (plainName.test(name)) return name
  throw new MeetingError(`'${name}' cannot be a file's name; give 1 to 63 letters, digits or ._-`)
}

/** Opens the folder, making it for this user alone if it isn't there. Rejects with a MeetingError. */
export async function openMeetingFolder(path: string, now: () => number): Promise<MeetingFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new MeetingError(`the folder ${path} cannot be made; let this process's user write there`, { cause: error })
  })
  /** F1 */
  const write = (file: string, text: string) =>
    writeWhole(join(path, file), text).catch((error: unknown) => {
      const name = join(path, file)
      throw new MeetingError(`${name} cannot be written; see whether its folder can be, and has room`, { cause: error })
    })
  const read = async (file: string): Promise<string | null> => {
    const found = await readPlain(join(path, file))
    return found !== null && Math.abs(now() - found.writtenAt) < freshMs ? found.text : null
  }
  return {
    write,
    read,
    async keep(file, text) {
      const found = await read(file)
      if (found === null) await write(file, text)
      else if (found !== text) throw new MeetingError(`another process has ${join(path, file)}`)
      else await utimes(join(path, file), now() / 1_000, now() / 1_000)
    },
    async remove(file, text) {
      if ((await readPlain(join(path, file)))?.text === text) await rm(join(path, file), { force: true })
    },
    async list(ending) {
      const names = await readdir(path).catch(() => [])
      return names
        .filter((name) => name.endsWith(ending))
        .map((name) => name.slice(0, -ending.length))
        .sort()
    },
    watch: (onChange) => watchFolder(path, onChange),
  }
}

/** F4. Null for whatever isn't a small plain file. */
async function readPlain(path: string): Promise<{ readonly text: string; readonly writtenAt: number } | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null)
  if (file === null) return null
  try {
    const { size, mtimeMs } = await file
      .stat()
      .then((found) => (found.isFile() ? found : { size: Infinity, mtimeMs: 0 }))
    if (size > maxBytes) return null
    return { text: (await file.readFile('utf8')).trim(), writtenAt: mtimeMs }
  } catch {
    return null
  } finally {
    await file.close()
  }
}

/** As far as the system lets it; whoever must know looks now and then too. */
function watchFolder(path: string, onChange: () => void): () => void {
  let watcher: FSWatcher
  try {
    watcher = watch(path, { persistent: false }, (event) => {
      // A file that is touched is a `change`; one that comes or goes is not.
      if (event === 'rename') onChange()
    })
  } catch {
    return () => undefined
  }
  watcher.on('error', () => undefined)
  return () => watcher.close()
}
