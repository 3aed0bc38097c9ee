/** What ORK as a program and a site in one process have in common: ORK's storage, and the end when a job of its crashes on. */
import { join } from 'node:path'
import type { OrkConfig } from '../config.ts'
import { logField } from '../log.ts'
import type { Program } from '../process/program.ts'
import { notReady } from '../process/readiness.ts'
import { type KernelStorage, openKernelStorage } from './open-kernel.ts'

/** The store's folder inside the state folder. */
const storeFolder = 'ork'
/** Longer than any pod is given to stop, so that a successor outlasts its predecessor. */
const lockTimeoutMs = 120_000

/** Opens the storage in the state folder. From here on the program is not ready, first for the store and then for recovery. */
export async function openProgramStorage(
  program: Program,
  { stateDir, durability }: Pick<OrkConfig, 'stateDir' | 'durability'>,
  signal: AbortSignal | undefined,
): Promise<KernelStorage> {
  const { registry, log } = program
  program.setReadiness(() => notReady('waiting for the store, which another process may still hold'))
  const directory = join(stateDir, storeFolder)
  const storage = program.own(await openKernelStorage({ directory, durability, lockTimeoutMs, signal, registry, log }))
  program.setReadiness(() => notReady('recovering'))
  return storage
}

/** Ends the program: it had better be started anew. */
export function giveUpFor({ log, giveUp }: Program, job: string): void {
  log.fatal({ job, [logField.code]: 'ERR_INTERNAL' }, 'a job crashed more often than it may: the process ends')
  giveUp()
}
