import { z } from 'zod'
import type { WorkerContract } from '../../../protocol/worker-contract.ts'
import { StoreError } from '../../../storage/store.ts'
import { unsaid, type Worker } from './machine.ts'

/** The sub-store of the registry: one row a worker, its key is the worker's id. */
export const registryStore = 'worker-registry'

const contract = z.custom<WorkerContract>(
  (value) => z.object({ metadata: z.looseObject({}), capabilities: z.looseObject({}) }).safeParse(value).success,
)

/** 2: `host` and `port` may be null, for a worker that is found by its key alone. */
const rowVersion = 2

const row = z.object({
  version: z.literal(rowVersion),
  workerId: z.string(),
  publicKey: z.string(),
  host: z.string().nullable(),
  port: z.number().nullable(),
  claims: z.array(z.string()),
  /** Those of `claims` that belonged to another worker when the row was written. */
  refused: z.array(z.string()),
  driver: z.string().nullable(),
  model: z.string().nullable(),
  contract: contract.nullable(),
  registeredAt: z.number(),
})

/** A worker as it is on disk: without what only a running process says (state, revision, instance). */
export type WorkerRow = z.output<typeof row>

/** What is to be on disk for a worker; null for one that never identified itself. */
export function formatRow(worker: Worker, refused: readonly string[]): WorkerRow | null {
  if (worker.registeredAt === null) return null
  return {
    version: rowVersion,
    workerId: worker.workerId,
    publicKey: worker.publicKey,
    host: worker.address?.host ?? null,
    port: worker.address?.port ?? null,
    claims: [...worker.claims],
    refused: [...refused],
    driver: worker.driver,
    model: worker.model,
    contract: worker.contract,
    registeredAt: worker.registeredAt,
  }
}

/**
 * A worker as it is after a restart: DISCOVERED, under its last key. Rows of earlier versions are read as this version's; one of
 * a later version is refused with a StoreError. Throws on what is no row.
 */
export function parseRow(value: unknown): { readonly worker: Worker; readonly refused: readonly string[] } {
  const { refused, host, port, ...said } = row.parse(upgrade(value))
  const worker: Worker = {
    workerId: said.workerId,
    publicKey: said.publicKey,
    address: host === null || port === null ? null : { host, port },
    claims: said.claims,
    driver: said.driver,
    model: said.model,
    contract: said.contract,
    registeredAt: said.registeredAt,
    state: 'DISCOVERED',
    ...unsaid,
  }
  return { worker, refused }
}

const versioned = z.looseObject({ version: z.int().min(1) })

function upgrade(value: unknown): unknown {
  const found = versioned.parse(value)
  if (found.version <= rowVersion) return { ...found, version: rowVersion }
  throw new StoreError(
    `the registry holds a row of version ${found.version}, and this release reads up to ${rowVersion}; run the release that wrote it, or a later one`,
  )
}
