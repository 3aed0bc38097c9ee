import { backoffMs } from '../../machine/backoff.ts'
import type { OpenedJournal } from '../../storage/journal/journal.ts'
import { StoreError } from '../../storage/store.ts'
import { type CommandMemory, type CommandMemoryPorts, openCommandMemory } from './command-memory.ts'

/** The memory of commands, as far as it can be had. A worker without one serves all the same, but runs no command. */
export interface KeptMemory {
  /** Null until it could be opened. */
  current(): CommandMemory | null
  /** Why commands can't be written down, and what to do, as a sentence without its subject; null when they can. */
  problem(): string | null
  close(): Promise<void>
}

export interface KeepMemoryPorts extends CommandMemoryPorts {
  /** Opens its journal. Rejects with a StoreError, and is called again then. */
  readonly open: () => Promise<OpenedJournal>
  /** Told of a memory that begins: it was opened as it was left, or it is a new one. */
  readonly onOpen?: (memory: CommandMemory) => void
}

const retry = { firstMs: 1_000, limitMs: 10_000 }

/** Opens the memory, again and again until it can be opened. Resolves after the first try. */
export async function keepMemory(ports: KeepMemoryPorts): Promise<KeptMemory> {
  const { clock, random } = ports
  const closed = new AbortController()
  const kept: { memory: CommandMemory | null; failure: StoreError | null } = { memory: null, failure: null }
  const onWrite = (failure: StoreError | null) => {
    kept.failure = failure
    ports.onWrite(failure)
  }
  const tryOnce = async (): Promise<boolean> => {
    try {
      kept.memory = await openOnce(ports, onWrite)
      return true
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      onWrite(error)
      return false
    }
  }
  const tryAgain = async () => {
    let failures = 0
    do {
      failures += 1
      await clock.sleep(backoffMs(failures, retry, random), closed.signal)
    } while (!closed.signal.aborted && !(await tryOnce()))
  }
  const trying = (await tryOnce()) ? Promise.resolve() : tryAgain()
  return {
    current: () => kept.memory,
    problem() {
      const { failure } = kept
      return failure === null ? null : `it runs no commands, as it can't write them down: ${failure.message}`
    },
    async close() {
      closed.abort()
      await trying
      await kept.memory?.close()
    },
  }
}

async function openOnce(ports: KeepMemoryPorts, onWrite: CommandMemoryPorts['onWrite']): Promise<CommandMemory> {
  const opened = await ports.open()
  try {
    const memory = await openCommandMemory(opened, { ...ports, onWrite })
    onWrite(null)
    ports.onOpen?.(memory)
    return memory
  } catch (error) {
    await opened.journal.close()
    throw error
  }
}
