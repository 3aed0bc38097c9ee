/**
 * ORK with what it keeps on disk: how every host of it (the program, a site in one process, a program that embeds it) opens its
 * storage and starts its kernel, so that all of them run the same ORK.
 */
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { Log } from '../log.ts'
import { systemRandom } from '../machine/random.ts'
import { openBeeStore } from '../storage/bee-store.ts'
import type { OpenStore } from '../storage/store.ts'
import type { JoinedModulesOptions } from './joined-modules.ts'
import { type Kernel, startKernel } from './kernel.ts'
import { watchStore } from './store-watch.ts'

/** What ORK keeps on disk, held by this process until it is closed. */
export interface KernelStorage {
  readonly store: OpenStore
  close(): Promise<void>
}

export interface KernelStorageOptions {
  readonly directory: string
  /** How long to wait for another process that holds the folder. */
  readonly lockTimeoutMs: number
  /** Gives the waiting up. */
  readonly signal?: AbortSignal | undefined
  readonly registry: Registry
  readonly log: Log
}

/** Opens ORK's storage, making the folder if need be. Rejects with a StoreError, or with the signal's reason. */
export async function openKernelStorage(options: KernelStorageOptions): Promise<KernelStorage> {
  const { directory, lockTimeoutMs, signal, registry, log } = options
  const limits = { lockTimeoutMs, ...(signal !== undefined && { signal }) }
  const store = await openBeeStore(directory, { ...limits, ...watchStore(registry, log, directory) })
  return { store, close: () => store.close() }
}

export interface StoredKernelOptions extends Omit<JoinedModulesOptions, 'store' | 'random' | 'newId'> {
  /** Closed by whoever opened it, after the kernel. */
  readonly storage: KernelStorage
}

/** Starts ORK on its storage. */
export function startStoredKernel({ storage, ...options }: StoredKernelOptions): Promise<Kernel> {
  return startKernel({ ...options, store: storage.store, random: systemRandom, newId: randomUUID })
}
