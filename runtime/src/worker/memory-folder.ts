import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Log, logField } from '../log.ts'
import type { Cut, Durability, OpenedJournal } from '../storage/journal/journal.ts'
import { openJournal } from '../storage/journal/segment-journal.ts'
import { StoreDamaged, StoreError } from '../storage/store.ts'

export interface MemoryFolderOptions {
  readonly durability: Durability
  readonly log: Log
}

/** Short: whoever opens a folder that is held tries again. */
const lockTimeoutMs = 500

/** Where a worker's memory of commands is, in the state folder. Workers of one machine may share that. */
export function memoryFolder(stateDir: string, workerId: string): string {
  return join(stateDir, 'worker', workerId)
}

/**
 * Opens the journal of a memory in the folder. One that is damaged is put aside, and a new one made: it has another name, so nobody
 * relies on it to know what the one before did. Rejects with a StoreError.
 */
export async function openMemoryFolder(
  directory: string,
  { durability, log }: MemoryFolderOptions,
): Promise<OpenedJournal> {
  const onCut = (cut: Cut) =>
    log.info({ cut }, 'the memory of commands ended in the middle of a write, which was cut off')
  const onKeepsAll = (error: StoreError) =>
    log.error({ [logField.error]: error }, 'the memory of commands grows on disk until the worker is started again')
  const open = () => openJournal(directory, { durability, lockTimeoutMs, onCut, onKeepsAll })
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof StoreDamaged)) throw error
    const aside = await putAside(directory)
    log.error(
      { [logField.error]: error, aside },
      'the memory of commands is damaged: it is put aside and a new one begins',
    )
    return open()
  }
}

/** Keeps the last damaged one, for people to look at. */
async function putAside(directory: string): Promise<string> {
  const aside = `${directory}~damaged`
  try {
    await rm(aside, { recursive: true, force: true })
    await rename(directory, aside)
    return aside
  } catch (cause) {
    throw new StoreError(`the memory in ${directory} is damaged and cannot be put aside; move the folder away`, {
      cause,
    })
  }
}
