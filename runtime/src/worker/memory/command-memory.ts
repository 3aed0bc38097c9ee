/**
 * What a worker remembers of the commands that it ran.
 * Invariants:
 *   M1 that a command is started is on disk before its device is touched, so it is known however the process ends
 *   M2 how it ended is known at once and on disk a moment later: its answer doesn't wait for that. Killed in between, its fate is
 *      unknown. What can't be written is tried again until it is
 *   M3 what is forgotten is what ended first. `knowsAllOf` tells from what is in memory of which commands none can have been
 *      forgotten, so it is right after a restart too
 */
import type { Clock } from '../../machine/clock.ts'
import type { Random } from '../../machine/random.ts'
import type { Repeat } from '../../protocol/payloads.ts'
import type { OpenedJournal } from '../../storage/journal/journal.ts'
import { StoreError } from '../../storage/store.ts'
import type { Outcome } from '../outcome.ts'
import {
  type CommandRecord,
  headKey,
  headVersion,
  type MemoryHead,
  parseCommandRecord,
  parseHead,
} from './command-record.ts'
import { EndedCommands, type MemoryLimits } from './ended-commands.ts'
import { OwedWrites, type OwedWritesPorts } from './owed-writes.ts'

export interface CommandMemory {
  /** Names this memory: another one when it is new, or may lack what was written. */
  readonly instanceId: string
  /** How many commands are remembered, each device of a command counted. */
  readonly size: number
  /** How many results aren't on disk, since they can't be written. */
  readonly owed: number
  /** How the command of the key ended here; undefined if nothing is known of it. */
  find(key: string): Outcome | undefined
  /** Whether a command that was sent so before, and that isn't found, never came here. */
  knowsAllOf(repeat: Repeat): boolean
  /** Writes down that the device is going to be touched (M1). Rejects with a StoreError: then it may not be. */
  start(key: string): Promise<void>
  /** Remembers how the command ended (M2). */
  end(key: string, outcome: Outcome): void
  close(): Promise<void>
}

export interface CommandMemoryPorts extends Pick<OwedWritesPorts, 'onWrite'> {
  readonly clock: Clock
  readonly random: Random
  /** The defaults, outside tests. */
  readonly limits?: MemoryLimits
  /** A fresh UUID. */
  readonly newId: () => string
}

/**
 * Clocks of ORK and worker needn't agree on the time, only on how long something took. This is how far they may be apart in that,
 * a step of either included.
 */
const clockSlackMs = 60_000

/** Takes up what an earlier process left in the journal. Rejects with a StoreError. */
export async function openCommandMemory(opened: OpenedJournal, ports: CommandMemoryPorts): Promise<CommandMemory> {
  const { clock } = ports
  const ended = restore(opened, ports)
  const head = headOf(opened, ports)
  await opened.journal.write(headKey, head)
  const writes = new OwedWrites({
    ...ports,
    journal: opened.journal,
    recordOf: (key) => ended.find(key),
    probe: { key: headKey, record: head },
  })
  return {
    instanceId: head.instanceId,
    get size() {
      return ended.size
    },
    get owed() {
      return writes.owed
    },
    find(key) {
      const record = ended.find(key)
      return record === undefined ? undefined : outcomeOf(record)
    },
    knowsAllOf: ({ instanceId, ageMs }) =>
      instanceId === head.instanceId && clock.now() - ageMs - clockSlackMs > ended.forgottenUntil,
    start: (key) => writes.write(key, { status: 'STARTED', at: clock.now() } satisfies CommandRecord),
    end(key, outcome) {
      ended.add(key, { ...outcome, at: clock.now() })
      for (const forgotten of ended.trim()) opened.journal.forget(forgotten)
      writes.owe(key)
    },
    close() {
      writes.close()
      return opened.journal.close()
    },
  }
}

function restore({ entries, journal }: OpenedJournal, { clock, limits }: CommandMemoryPorts): EndedCommands {
  const ended = new EndedCommands(limits)
  const commands = entries.filter(({ key }) => key !== headKey)
  const records = commands.map(({ key, record }) => ({ key, record: parseCommandRecord(record, clock.now()) }))
  // A command that was started by an earlier process counts as ended when it was started.
  for (const { key, record } of records.sort((a, b) => a.record.at - b.record.at)) ended.add(key, record)
  for (const forgotten of ended.trim()) journal.forget(forgotten)
  return ended
}

/** The name that the memory has, or a new one if it can't be relied on to hold all that was sent to the one before. */
function headOf({ entries, isNew, mayLackWrites }: OpenedJournal, { newId }: CommandMemoryPorts): MemoryHead {
  const found = parseHead(entries.find(({ key }) => key === headKey)?.record)
  if (found !== null && found.version > headVersion) {
    throw new StoreError('the memory of commands was written by a newer version of this program; run that one')
  }
  const isWhole = !isNew && !mayLackWrites && found?.version === headVersion
  return isWhole ? found : { version: headVersion, instanceId: newId() }
}

/** A command that was started by an earlier process, and not known to have ended, may have been done or not. */
function outcomeOf(record: CommandRecord): Outcome {
  switch (record.status) {
    case 'STARTED':
      return { status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN: the worker ended while it ran the command' }
    case 'SUCCESS':
      return { status: 'SUCCESS', result: record.result }
    case 'FAILED':
      return { status: 'FAILED', error: record.error }
  }
}
