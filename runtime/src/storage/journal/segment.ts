import { mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { StoreDamaged } from '../store.ts'

/** A file of the journal. Numbers count up without a gap; records go to the newest, and the oldest goes first. */
export interface Segment {
  readonly number: number
  readonly path: string
  /** Where its last whole batch ends. */
  sizeBytes: number
  /** Records in it that are the latest of their key and not forgotten. */
  liveCount: number
}

export function emptySegment(directory: string, number: number): Segment {
  return { number, path: join(directory, `${String(number).padStart(20, '0')}.log`), sizeBytes: 0, liveCount: 0 }
}

/** The segments in the folder, oldest first; other files don't matter. Throws StoreDamaged if one is missing between others. */
export async function findSegments(directory: string): Promise<Segment[]> {
  const numbers = (await readdir(directory))
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
  const segments = numbers.map((number) => emptySegment(directory, number))
  const missing = segments.find(({ number }, at) => at > 0 && number !== (numbers[at - 1] ?? 0) + 1)
  if (missing === undefined) return segments
  const { path } = emptySegment(directory, missing.number - 1)
  throw new StoreDamaged(`the journal lacks its file ${path}; ${howToRestore(directory)}`)
}

/** What to do about a journal that can't be read. */
export function howToRestore(directory: string): string {
  return `restore the folder ${directory} from a copy, or move it away and start with an empty one: what it remembers is then gone`
}

/** Makes the folder, and those that it lies in, so that a power cut doesn't take them with what is in them. */
export async function makeFolder(directory: string): Promise<void> {
  const path = resolve(directory)
  const highest = await mkdir(path, { recursive: true })
  if (highest === undefined) return
  for (let made = path; made.length >= highest.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Makes durable which files there are in the folder. */
export async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
