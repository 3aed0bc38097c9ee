import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheFolder } from './cache-folder.ts'
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts'
import type { Progress } from './progress.ts'

const POLL_MS = 200
/** What is written aside on the way to a lock. */
const TEMPORARY = /\.[0-9a-f-]{36}$/
/** Nothing that is done under a lock takes longer. */
const LONGEST_WAIT_MS = 30 * 60_000

interface LockOptions {
  name: string
  progress: Progress
  folder?: string
}

/**
 * Runs `work` while no other process does work under the same name. A lock whose process has ended is taken over.
 * Not reentrant: work under a lock must not ask for the same one.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const path = join(options.folder ?? cacheFolder('locks'), options.name)
  await mkdir(dirname(path), { recursive: true })
  await acquire(path, options)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** The names with this beginning that some process works on just now. */
export async function heldLocks(prefix: string, folder = cacheFolder('locks')): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => name.startsWith(prefix) && !TEMPORARY.test(name),
  )
  const owners = await Promise.all(names.map((name) => readOwner(join(folder, name))))
  return names.filter((_, i) => {
    const owner = owners[i]
    return owner !== undefined && isRunning(owner)
  })
}

async function acquire(path: string, { name, progress }: LockOptions): Promise<void> {
  // Written aside and then linked, so that a lock is never seen half written.
  const mine = `${path}.${randomUUID()}`
  await writeFile(mine, JSON.stringify(identifyProcess(process.pid)))
  const deadline = Date.now() + LONGEST_WAIT_MS
  let told = false
  try {
    while (!(await linked(mine, path))) {
      const owner = await livingOwner(path)
      if (owner === undefined) continue
      if (!told) progress.note(`waiting for process ${owner.pid}, which works on "${name}"`)
      told = true
      if (Date.now() > deadline) throw new Error(`process ${owner.pid} holds ${path} for too long; end it`)
      await delay(POLL_MS)
    }
  } finally {
    await rm(mine, { force: true })
  }
}

/** Who holds the lock, or undefined if it is free to be tried again: given back, or taken from an owner that is gone. */
async function livingOwner(path: string): Promise<ProcessIdentity | undefined> {
  const owner = await readOwner(path)
  if (owner === undefined || isRunning(owner)) return owner
  await discard(path, owner)
  return undefined
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Undefined if there is no lock. A lock that can't be read belongs to nobody who is alive. */
async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseOwner(text)
}

/** Takes a dead owner's lock away. Two may try at once: the second finds a living owner's lock in its hand and puts it back. */
async function discard(path: string, dead: ProcessIdentity): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  const taken = await readOwner(aside)
  if (taken !== undefined && taken.startedAt !== dead.startedAt) await linked(aside, path)
  await rm(aside, { force: true })
}

function parseOwner(text: string): ProcessIdentity {
  try {
    const { pid, startedAt } = JSON.parse(text) as Partial<ProcessIdentity>
    if (typeof pid === 'number' && typeof startedAt === 'string') return { pid, startedAt }
  } catch {
    // as below
  }
  return { pid: 0, startedAt: 'unreadable' }
}
