import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Counter, Gauge, type Registry } from 'prom-client'
import { type Log, logField } from '../log.ts'
import type { BeeStoreOptions } from '../storage/bee-store.ts'
import type { JournalOptions } from '../storage/journal/segment-journal.ts'

/** Told of writes that fail, and of the first that works again. */
type Watch = Required<Pick<BeeStoreOptions, 'onWriteFailed' | 'onWriteRecovered'>>

/** What ORK keeps on its volume. */
export interface WatchedStores {
  readonly registry: Watch
  readonly commands: Watch & Required<Pick<JournalOptions, 'onKeepsAll'>>
}

/** Tells in the log, once, and in metrics that something of the store can't be written, and when it can again. */
export function watchStores(registry: Registry, log: Log, directories: readonly string[]): WatchedStores {
  const registers = [registry]
  const failures = new Counter({
    name: 'mdk_ork_store_write_failures_total',
    help: "Writes to ORK's store that failed.",
    registers,
  })
  const writable = new Gauge({
    name: 'mdk_ork_store_writable',
    help: "0 while ORK's store cannot be written, and so accepts no commands or registers nobody; 1 otherwise.",
    registers,
  })
  const reclaiming = new Gauge({
    name: 'mdk_ork_store_reclaiming',
    help: '0 once a fault of the disk keeps ORK from reclaiming the space of old commands, until it is started again; 1 otherwise.',
    registers,
  })
  new Gauge({
    name: 'mdk_ork_store_bytes',
    help: "Size of the files of ORK's store.",
    registers,
    async collect() {
      const sizes = await Promise.all(directories.map(sizeOf))
      this.set(sizes.reduce((sum, size) => sum + size, 0))
    },
  })
  const failing = new Set<string>()
  writable.set(1)
  reclaiming.set(1)
  const watch = (part: string, consequence: string): Watch => ({
    onWriteFailed(error) {
      failures.inc()
      writable.set(0)
      if (failing.has(part)) return
      failing.add(part)
      log.error({ part, consequence, [logField.error]: error }, 'the store cannot be written')
    },
    onWriteRecovered() {
      failing.delete(part)
      writable.set(failing.size === 0 ? 1 : 0)
      log.info({ part }, 'the store is written again')
    },
  })
  return {
    registry: watch('registry', 'nobody is registered'),
    commands: {
      ...watch('commands', 'no command is accepted'),
      onKeepsAll(error) {
        reclaiming.set(0)
        log.error({ [logField.error]: error }, 'the journal of commands grows until ORK is started again')
      },
    },
  }
}

/** Files come and go while they are counted. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
