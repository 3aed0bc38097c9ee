/**
 * ORK with what it keeps on disk: how every host of it (the program, a site in one process, a program that embeds it) opens its
 * storage and starts its kernel, so that all of them run the same ORK.
 */
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { Log } from '../log.ts'
import { systemRandom } from '../machine/random.ts'
import { opening } from '../machine/resource.ts'
import { openBeeStore } from '../storage/bee-store.ts'
import type { Cut, Durability, OpenedJournal } from '../storage/journal/journal.ts'
import { openJournal } from '../storage/journal/segment-journal.ts'
import type { OpenStore } from '../storage/store.ts'
import type { JoinedModulesOptions } from './joined-modules.ts'
import { type Kernel, startKernel } from './kernel.ts'
import { watchStores } from './store-watch.ts'

/** What ORK keeps on disk, held by this process until it is closed. */
export interface KernelStorage {
  readonly store: OpenStore
  readonly commands: OpenedJournal
  close(): Promise<void>
}

export interface KernelStorageOptions {
  /** Of the store; the journal of commands is beside it, in a folder of this name with `-commands` behind it. */
  readonly directory: string
  /** How long to wait for another process that holds the folder. */
  readonly lockTimeoutMs: number
  /** Gives the waiting up. */
  readonly signal?: AbortSignal | undefined
  readonly registry: Registry
  readonly log: Log
  /** What accepted commands survive; `fast` unless set. */
  readonly durability?: Durability
}

/** Opens ORK's storage, making the folders if need be. Rejects with a StoreError, or with the signal's reason. */
export function openKernelStorage(options: KernelStorageOptions): Promise<KernelStorage> {
  const { directory, lockTimeoutMs, signal, registry, log, durability = 'fast' } = options
  const commandsDirectory = `${directory}-commands`
  const watches = watchStores(registry, log, [directory, commandsDirectory])
  const limits = { lockTimeoutMs, ...(signal !== undefined && { signal }) }
  const onCut = (cut: Cut) =>
    log.warn({ cut }, 'the journal of commands ended in the middle of a write, which was cut off')
  return opening(async (resources) => {
    const store = resources.add(await openBeeStore(directory, { ...limits, ...watches.registry }))
    const commands = await openJournal(commandsDirectory, { ...limits, ...watches.commands, durability, onCut })
    resources.add(commands.journal)
    return { store, commands, close: () => resources.close() }
  })
}

export interface StoredKernelOptions extends Omit<JoinedModulesOptions, 'store' | 'commands' | 'random' | 'newId'> {
  /** Closed by whoever opened it, after the kernel. */
  readonly storage: KernelStorage
}

/** Starts ORK on its storage. */
export function startStoredKernel({ storage, ...options }: StoredKernelOptions): Promise<Kernel> {
  const { store, commands } = storage
  return startKernel({ ...options, store, commands, random: systemRandom, newId: randomUUID })
}
