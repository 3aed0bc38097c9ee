import { z } from 'zod'
import { commandScopes } from '../../../protocol/payloads.ts'
import type { OpenedJournal } from '../../../storage/journal/journal.ts'
import { type Store, StoreError } from '../../../storage/store.ts'
import { apply, type Command, isFinal } from './machine.ts'
import { formatEnded, formatOpen, formatStatus } from './record.ts'

/** Where commands were before there was a journal: one row a command, its key is the command's id. */
export const oldCommandStore = 'commands'

const version = 1

const versioned = z.object({ version: z.number() })

const row = z.object({
  commandId: z.string(),
  state: z.enum(['QUEUED', 'DISPATCHED', 'SUCCESS', 'FAILED']),
  command: z.string(),
  params: z.record(z.string(), z.unknown()),
  scope: z.enum(commandScopes),
  deviceId: z.string().nullable(),
  workerId: z.string(),
  targets: z.array(z.string()).nullable(),
  requesterId: z.string().nullable(),
  result: z.unknown(),
  error: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
})

/**
 * Moves commands from rows to the journal; there are none left then. What the journal has is newer than a row that a kill has left.
 * Rejects with a StoreError if that can't be written, or if a newer version wrote the rows.
 */
export async function upgradeRows(rows: Store, opened: OpenedJournal): Promise<OpenedJournal> {
  const known = new Set(opened.entries.map(({ key }) => key))
  const keys: string[] = []
  const upgraded: { readonly key: string; readonly text: string }[] = []
  for await (const { key, value } of rows.entries()) {
    keys.push(key)
    if (!known.has(key)) upgraded.push({ key, text: upgradeRow(key, value) })
  }
  if (keys.length === 0) return opened
  await Promise.all(upgraded.map(({ key, text }) => opened.journal.write(key, text)))
  await rows.batch(keys.map((key) => ({ type: 'del', key })))
  const entries = upgraded.map(({ key, text }) => ({ key, record: JSON.parse(text) as unknown }))
  return { ...opened, entries: [...entries, ...opened.entries] }
}

/** As JSON. A command that had been sent is of unknown fate: nothing says to which instance it went. */
function upgradeRow(key: string, value: unknown): string {
  const { version: written } = versioned.parse(value)
  if (written !== version) {
    throw new StoreError(`the command ${key} in ORK's store was written by a newer version of ORK; run that version`)
  }
  const { state, result = null, ...fields } = row.parse(value)
  const unnamed = { caller: '', idempotencyKey: null, correlationId: null, fingerprint: null }
  const more = { ...unnamed, idempotent: false, sentTo: null, retries: 0 }
  const command: Command = { ...fields, ...more, result, state: state === 'DISPATCHED' ? 'TIMEOUT' : state }
  const now = state === 'DISPATCHED' ? apply(command, { on: 'lose' }, fields.updatedAt) : command
  return isFinal(now.state)
    ? formatEnded(now, JSON.stringify(formatStatus(now)))
    : JSON.stringify(formatOpen(now, null))
}
