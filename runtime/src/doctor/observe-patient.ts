import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.ts'
import { folders, foldersOf } from '../contract/file-layout.ts'
import type { Roster, RosterWorker } from '../contract/roster.ts'
import { type OrkStatus, type ProcessStatus, parseStatus } from '../contract/status.ts'
import { announcingPair } from '../net/identity.ts'
import { KeyFilesError, readKeyFiles } from '../process/key-files.ts'
import type { SiteFiles } from '../process/site-files.ts'
import type { KeyOnFile, Patient, Running } from './patient.ts'

/** What is mounted, as far as a diagnosis needs it. */
export type MountedFiles = Pick<SiteFiles, 'topic' | 'discovery' | 'roster' | 'problems'>

export type PatientConfig = Exclude<Config, { service: 'site' | 'simulator' }>

/** A process as its own status, or why there is none, tells it. */
export type Told =
  | { readonly kind: 'status'; readonly status: unknown }
  | { readonly kind: 'unknown'; readonly why: string }

/** Puts together what a process reads and what it says of itself. */
export async function observePatient(config: PatientConfig, files: MountedFiles, told: Told): Promise<Patient> {
  const roster = files.roster.current()
  return {
    service: config.service,
    host: config.podIp,
    port: config.dhtPort,
    stateDir: config.service === 'ork' ? config.stateDir : null,
    files: {
      topic: files.topic.current(),
      discovery: files.discovery.current(),
      roster,
      key: foldersOf[config.service].includes('key') ? await readKey(config.configDir) : null,
      problems: files.problems(),
    },
    running: runningOf(told, roster),
  }
}

async function readKey(configDir: string): Promise<KeyOnFile> {
  try {
    const { pair } = await readKeyFiles(join(configDir, folders.key))
    return { kind: 'ok', publicKey: pair.publicKey, announcing: announcingPair(pair).publicKey }
  } catch (error) {
    if (error instanceof KeyFilesError) return { kind: 'problem', message: error.message }
    throw error
  }
}

function runningOf(told: Told, roster: Roster | null): Patient['running'] {
  if (told.kind === 'unknown') return told
  const parsed = parseStatus(told.status)
  if (parsed.kind === 'problem') return { kind: 'unknown', why: parsed.message }
  const { value: status } = parsed
  return 'workers' in status ? runningOrk(status, roster) : runningOther(status)
}

function runningOrk(status: OrkStatus, roster: Roster | null): Running {
  const missing = missingWorkers(status, roster?.workers ?? [])
  return { kind: 'running', publicKey: status.publicKey, joined: null, refused: [], missing }
}

/** Workers of the roster with which ORK can't speak now. */
function missingWorkers({ workers }: OrkStatus, roster: readonly RosterWorker[]): readonly RosterWorker[] {
  const found = new Set(workers.filter((worker) => !isMissing(worker)).map(({ workerId }) => workerId))
  return roster.filter(({ workerId }) => !found.has(workerId))
}

/** Whether ORK lacks a worker; one that was signed off isn't looked for. */
export function isMissing({ state, health }: Pick<OrkStatus['workers'][number], 'state' | 'health'>): boolean {
  if (state === 'TERMINATED') return false
  return state !== 'READY' || health === 'SICK' || health === 'DEAD'
}

/** What a worker's and an App Node's detail tell; each has its own half. */
const detail = z.object({
  callers: z.array(z.string()).optional(),
  refused: z.array(z.string()).default([]),
  ork: z.object({ kind: z.string() }).optional(),
})

function runningOther({ publicKey, detail: told }: ProcessStatus): Running {
  const { callers, ork, refused } = detail.safeParse(told).data ?? { refused: [] }
  const joined = callers === undefined ? ork && ork.kind === 'connected' : callers.length > 0
  return { kind: 'running', publicKey, joined: joined ?? null, refused, missing: [] }
}
