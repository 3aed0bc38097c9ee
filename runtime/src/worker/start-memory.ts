import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { Log } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import type { CommandMemory } from './memory/command-memory.ts'
import { type KeepMemoryPorts, type KeptMemory, keepMemory } from './memory/keep-memory.ts'
import { watchMemory } from './memory-watch.ts'

export interface StartMemoryPorts {
  readonly clock: Clock
  readonly registry: Registry
  readonly log: Log
}

/** Opens a worker's memory of commands, as far as it can be had, and tells of it in log and metrics. */
export function startMemory(
  open: KeepMemoryPorts['open'],
  { clock, registry, log }: StartMemoryPorts,
): Promise<KeptMemory> {
  const opened: { memory: CommandMemory | null } = { memory: null }
  const watch = watchMemory(registry, log, () => opened.memory)
  return keepMemory({
    open,
    clock,
    random: systemRandom,
    newId: randomUUID,
    onWrite: watch.onWrite,
    onOpen(memory) {
      opened.memory = memory
      watch.onOpen(memory)
    },
  })
}
