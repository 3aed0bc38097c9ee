/**
 * The doctor as a command: looks at the process beside which it runs, in its pod and with its environment, and leaves it
 * alone: it takes no port and no lock of it, and announces nothing.
 */

import { statusPaths } from '../contract/endpoints.ts'
import { foldersOf, optionalFoldersOf } from '../contract/file-layout.ts'
import { silentLog } from '../log.ts'
import { systemClock } from '../machine/clock.ts'
import { startSiteFiles } from '../process/site-files.ts'
import { examine } from './examine.ts'
import { formatJsonReport, formatReport } from './format-report.ts'
import { observePatient, type PatientConfig, type Told } from './observe-patient.ts'
import { firstCause } from './run-checks.ts'

export interface DoctorOptions {
  readonly json: boolean
  readonly write: (text: string) => void
}

/** How the command ends. */
export const doctorExitCode = { healthy: 0, problemFound: 1, cannotRun: 2 } as const

/** Examines a process once, writes what was found, and gives the exit code. */
export async function runDoctor(config: PatientConfig, { json, write }: DoctorOptions): Promise<number> {
  const files = await startSiteFiles({
    dir: config.configDir,
    // A key that can't be used is a finding, not an end.
    folders: [...foldersOf[config.service], ...optionalFoldersOf[config.service]].filter((folder) => folder !== 'key'),
    log: silentLog,
  })
  try {
    const [token = null] = files.adminTokens.current() ?? []
    const patient = await observePatient(config, files, await askProcess(config.statusPort, token))
    const checked = await examine(patient, { token, clock: systemClock })
    write(json ? formatJsonReport(config.service, checked) : formatReport(checked))
    return firstCause(checked) === null ? doctorExitCode.healthy : doctorExitCode.problemFound
  } finally {
    await files.close()
  }
}

const statusTimeoutMs = 5_000

/** What the process says of itself. */
async function askProcess(statusPort: number, token: string | null): Promise<Told> {
  if (token === null) return { kind: 'unknown', why: 'there is no admin token on file to ask the process with' }
  try {
    const response = await fetch(`http://127.0.0.1:${statusPort}${statusPaths.status}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(statusTimeoutMs),
    })
    const text = await response.text()
    if (response.ok) return { kind: 'status', status: JSON.parse(text) }
    return { kind: 'unknown', why: `the process answers its status request with ${response.status}: ${text.trim()}` }
  } catch {
    return { kind: 'unknown', why: `the process does not answer at its status port ${statusPort}` }
  }
}
