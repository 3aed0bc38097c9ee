import { Counter, Gauge, type Registry } from 'prom-client'
import { type Log, logField } from '../log.ts'
import type { StoreError } from '../storage/store.ts'
import type { CommandMemory } from './memory/command-memory.ts'
import type { KeepMemoryPorts } from './memory/keep-memory.ts'

/** Tells in the log, once, and in metrics whether commands can be written down. `current` is asked when metrics are collected. */
export function watchMemory(
  registry: Registry,
  log: Log,
  current: () => CommandMemory | null,
): Required<Pick<KeepMemoryPorts, 'onWrite' | 'onOpen'>> {
  const registers = [registry]
  const failures = new Counter({
    name: 'mdk_worker_memory_write_failures_total',
    help: "Attempts to open or write the worker's memory of commands that failed.",
    registers,
  })
  const writable = new Gauge({
    name: 'mdk_worker_memory_writable',
    help: "0 while the worker's memory of commands cannot be written, and so no command is run; 1 otherwise.",
    registers,
  })
  new Gauge({
    name: 'mdk_worker_memory_commands',
    help: 'Commands that the worker remembers, each device of a command counted.',
    registers,
    collect() {
      this.set(current()?.size ?? 0)
    },
  })
  new Gauge({
    name: 'mdk_worker_memory_owed_results',
    help: 'Results of commands that could not be written down yet; after a kill their fate would be unknown.',
    registers,
    collect() {
      this.set(current()?.owed ?? 0)
    },
  })
  let failing = false
  const onFailure = (error: StoreError) => {
    failures.inc()
    writable.set(0)
    if (failing) return
    failing = true
    log.error({ [logField.error]: error }, 'the memory of commands cannot be written: no command is run')
  }
  return {
    onWrite(failure) {
      if (failure !== null) {
        onFailure(failure)
        return
      }
      writable.set(1)
      if (failing) log.info('the memory of commands is written again')
      failing = false
    },
    onOpen: ({ instanceId, size }) => log.info({ instanceId, count: size }, 'memory of commands in use'),
  }
}
