import { z } from 'zod'
import type { WorkerContract } from '../../../protocol/worker-contract.ts'
import type { Worker } from './machine.ts'

/** The sub-store of the registry: one row a worker, its key is the worker's id. */
export const registryStore = 'worker-registry'

const contract = z.custom<WorkerContract>(
  (value) => z.object({ metadata: z.looseObject({}), capabilities: z.looseObject({}) }).safeParse(value).success,
)

const row = z.object({
  version: z.literal(1),
  workerId: z.string(),
  publicKey: z.string(),
  host: z.string(),
  port: z.number(),
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
    version: 1,
    workerId: worker.workerId,
    publicKey: worker.publicKey,
    host: worker.address.host,
    port: worker.address.port,
    claims: [...worker.claims],
    refused: [...refused],
    driver: worker.driver,
    model: worker.model,
    contract: worker.contract,
    registeredAt: worker.registeredAt,
  }
}

/** A worker as it is after a restart: DISCOVERED, under its last key. Throws on a row that isn't ours. */
export function parseRow(value: unknown): { readonly worker: Worker; readonly refused: readonly string[] } {
  const { refused, host, port, ...said } = row.parse(value)
  const worker: Worker = {
    workerId: said.workerId,
    publicKey: said.publicKey,
    address: { host, port },
    claims: said.claims,
    driver: said.driver,
    model: said.model,
    contract: said.contract,
    registeredAt: said.registeredAt,
    state: 'DISCOVERED',
    revision: null,
    instanceId: null,
  }
  return { worker, refused }
}
