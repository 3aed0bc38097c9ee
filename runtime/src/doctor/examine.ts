import type { Clock } from '../machine/clock.ts'
import { openInstruments } from './instruments.ts'
import type { Patient } from './patient.ts'
import { type Checked, runChecks } from './run-checks.ts'

export interface ExamineOptions {
  /** Admin token of the site; null while there is none. */
  readonly token: string | null
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** Runs every check that applies to a process. */
export async function examine(patient: Patient, { token, ...run }: ExamineOptions): Promise<readonly Checked[]> {
  const { discovery } = patient.files
  const own = `${patient.host}:${patient.port}`
  const instruments = openInstruments({
    host: patient.host,
    bootstrap: patient.service === 'dht' ? [own] : (discovery?.bootstrap ?? []),
    orkStatus: discovery?.orkStatus ?? null,
    token,
    clock: run.clock,
  })
  try {
    return await runChecks(patient, instruments, run)
  } finally {
    await instruments.close()
  }
}
