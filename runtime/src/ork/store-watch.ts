import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Counter, Gauge, type Registry } from 'prom-client'
import { type Log, logField } from '../log.ts'
import type { BeeStoreOptions } from '../storage/bee-store.ts'

/** Tells in the log, once, and in metrics that the store can't be written, and when it can again. */
export function watchStore(
  registry: Registry,
  log: Log,
  directory: string,
): Required<Pick<BeeStoreOptions, 'onWriteFailed' | 'onWriteRecovered'>> {
  const registers = [registry]
  const failures = new Counter({
    name: 'mdk_ork_store_write_failures_total',
    help: "Writes to ORK's store that failed.",
    registers,
  })
  const writable = new Gauge({
    name: 'mdk_ork_store_writable',
    help: "0 while ORK's store cannot be written, and so accepts no commands and registers nobody; 1 otherwise.",
    registers,
  })
  new Gauge({
    name: 'mdk_ork_store_bytes',
    help: "Size of the files of ORK's store.",
    registers,
    async collect() {
      this.set(await sizeOf(directory))
    },
  })
  let failing = false
  writable.set(1)
  return {
    onWriteFailed(error) {
      failures.inc()
      writable.set(0)
      if (failing) return
      failing = true
      log.error(
        { [logField.error]: error },
        'the store cannot be written: no command is accepted, nobody is registered',
      )
    },
    onWriteRecovered() {
      failing = false
      writable.set(1)
      log.info('the store is written again')
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
