import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import { type OpenStore, type Range, StoreError } from './store.ts'
import { storeOver, type TextChange } from './store-over.ts'
import { writeQueue } from './write-queue.ts'

export interface BeeStoreOptions {
  /** How long to wait for another process that still holds the folder. */
  readonly lockTimeoutMs: number
  readonly signal?: AbortSignal
  /** Told of each write that failed. */
  readonly onWriteFailed?: (error: StoreError) => void
  /** Told when a write worked after others had failed. */
  readonly onWriteRecovered?: () => void
}

const lockRetryMs = 250
/** Time between two attempts to open the folder again after a write that failed. */
const reopenMs = 1_000
/** How RocksDB says that another process, or another store of this one, has the folder; there is no code for it. */
const heldMessage = /While lock file|lock hold by current process/

/**
 * Opens a Hyperbee in the folder, making the folder if need be. One process at a time: while another holds it, this waits,
 * since a pod that is being replaced may still be writing. The system releases the lock when that process ends, however it
 * ends. Rejects with a StoreError, or with the signal's reason.
 *
 * What a change survives once its promise has resolved: the end of the process in any way, SIGKILL included, because the bytes
 * are with the operating system. A power cut or a crash of the node may take the last changes, as nothing is synced to the
 * device; what is left is the store as it was after some earlier change, never half of one.
 *
 * A write fails when the disk is full, say. RocksDB then refuses all later ones, whatever becomes of the disk, so it is closed
 * and opened again before the next write. Another process that waits for the folder may get it in between.
 */
export async function openBeeStore(directory: string, options: BeeStoreOptions): Promise<OpenStore> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw new StoreError(`the store's folder ${directory} cannot be made; let this process's user write there`, {
      cause: error,
    })
  })
  return storeOf(directory, await openBee(directory, options), options)
}

interface OpenBee {
  readonly bee: Hyperbee
  close(): Promise<void>
}

async function openBee(directory: string, options: BeeStoreOptions): Promise<OpenBee> {
  const corestore = await openWhenFree(directory, options)
  const bee = new Hyperbee(corestore.get({ name: 'store' }), { keyEncoding: 'utf-8', valueEncoding: 'utf-8' })
  try {
    await bee.ready()
  } catch (error) {
    await corestore.close()
    throw new StoreError(`the store in ${directory} cannot be read`, { cause: error })
  }
  return {
    bee,
    async close() {
      try {
        await bee.close()
      } finally {
        await corestore.close()
      }
    },
  }
}

async function openWhenFree(directory: string, { lockTimeoutMs, signal }: BeeStoreOptions): Promise<Corestore> {
  const deadline = AbortSignal.timeout(lockTimeoutMs)
  for (;;) {
    signal?.throwIfAborted()
    const opened = await tryOpen(directory)
    if (opened.kind === 'ok') return opened.corestore
    if (opened.kind === 'broken') {
      throw new StoreError(`the store in ${directory} cannot be opened: ${opened.cause.message}`, opened)
    }
    if (deadline.aborted) {
      throw new StoreError(
        `the store in ${directory} was held by another process for ${lockTimeoutMs} ms; ` +
          'stop that process, or give this one a folder of its own',
        opened,
      )
    }
    await sleep(lockRetryMs)
  }
}

type Opened =
  | { readonly kind: 'ok'; readonly corestore: Corestore }
  | { readonly kind: 'held' | 'broken'; readonly cause: Error }

async function tryOpen(directory: string): Promise<Opened> {
  const corestore = new Corestore(directory, { allowBackup: true })
  try {
    await corestore.ready()
    return { kind: 'ok', corestore }
  } catch (error) {
    await corestore.close().catch(() => undefined)
    const cause = error instanceof Error ? error : new Error(String(error))
    return { kind: heldMessage.test(cause.message) ? 'held' : 'broken', cause }
  }
}

function storeOf(directory: string, first: OpenBee, options: BeeStoreOptions): OpenStore {
  const kept = keepOpen(first, () => openBee(directory, { lockTimeoutMs: 0 }))
  const queue = writeQueue(async (changes) => {
    try {
      await applyChanges(await kept.forWriting(), changes)
    } catch (cause) {
      const hint = 'see whether its disk is full'
      const error = new StoreError(`the store in ${directory} cannot be written; ${hint}`, { cause })
      kept.onFailed()
      options.onWriteFailed?.(error)
      throw error
    }
    if (kept.onWritten()) options.onWriteRecovered?.()
  })
  let closing: Promise<void> | undefined
  const close = async () => {
    await queue.close()
    await kept.close()
  }
  const refuseIfClosed = () => {
    if (closing !== undefined) throw new StoreError(`the store in ${directory} is closed`)
  }
  return {
    ...storeOver({
      async get(key) {
        refuseIfClosed()
        return (await (await kept.forReading()).get(key))?.value
      },
      async write(changes) {
        refuseIfClosed()
        await queue.write(changes)
      },
      async *entries(range) {
        refuseIfClosed()
        const bee = await kept.forReading()
        for await (const { key, value } of bee.createReadStream(beeRange(range))) yield { key, text: value }
      },
    }),
    close: () => (closing ??= close()),
  }
}

interface KeptOpen {
  forReading(): Promise<Hyperbee>
  /** Opens it anew if the last write failed. One caller at a time. */
  forWriting(): Promise<Hyperbee>
  onFailed(): void
  /** Whether the write before had failed. */
  onWritten(): boolean
  close(): Promise<void>
}

function keepOpen(first: OpenBee, open: () => Promise<OpenBee>): KeptOpen {
  let current = Promise.resolve(first)
  let failed = false
  let openedAt = Number.NEGATIVE_INFINITY
  const close = async (): Promise<void> => (await current.catch(() => null))?.close()
  const reopen = async () => {
    await close()
    return open()
  }
  return {
    forReading: async () => (await current).bee,
    async forWriting() {
      if (failed && performance.now() - openedAt >= reopenMs) {
        openedAt = performance.now()
        current = reopen()
      }
      return (await current).bee
    },
    onFailed: () => void (failed = true),
    onWritten() {
      const before = failed
      failed = false
      return before
    },
    close,
  }
}

async function applyChanges(bee: Hyperbee, changes: readonly TextChange[]): Promise<void> {
  const batch = bee.batch()
  try {
    for (const change of changes) {
      if (change.text === null) await batch.del(change.key)
      else await batch.put(change.key, change.text)
    }
    await batch.flush()
  } catch (error) {
    await batch.close().catch(() => undefined)
    throw error
  }
}

function beeRange({ from, to, ...rest }: Range) {
  return { ...rest, ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) }
}
