import type { Diagnosis } from '../contract/diagnosis.ts'
import type { DhtProbe } from '../net/dht-probe.ts'
import type { Resolved } from '../net/resolve-host.ts'
import type { Written } from '../storage/probe-folder.ts'
import type { Patient, PatientService } from './patient.ts'

/** What a check came to; `note` and `why` are for people. */
export type Finding =
  | { readonly kind: 'ok'; readonly note: string }
  | { readonly kind: 'failed'; readonly diagnosis: Diagnosis }
  | { readonly kind: 'skipped'; readonly why: string }

/** What checks look around with, in one examination. */
export interface Instruments {
  /** Looks a name up, each once. */
  resolve(host: string): Promise<Resolved>
  /** A probe of the DHT nodes whose names resolve. */
  probe(): Promise<DhtProbe>
  /** What ORK's status port says; null where nobody says where it is, or nobody answers there. */
  askOrk(): Promise<OrkHeard | null>
  probeFolder(directory: string): Promise<Written>
}

/** `publicKey` is null from an ORK that doesn't tell it. `clockAheadMs`: this process's clock minus ORK's. */
export interface OrkHeard {
  readonly publicKey: string | null
  readonly clockAheadMs: number | null
}

/** One thing that can be wrong. */
export interface Check {
  readonly name: CheckName
  /** What is true if all is well. */
  readonly title: string
  readonly appliesTo: readonly PatientService[]
  /** Checks without which this one says nothing. */
  readonly needs: readonly CheckName[]
  run(patient: Patient, instruments: Instruments): Promise<Finding> | Finding
}

/** In the order in which one failure explains the next. */
export const checkNames = [
  'files',
  'key',
  'store',
  'topic',
  'ork-key',
  'names',
  'udp',
  'announced',
  'topic-lookup',
  'ork',
  'workers',
  'joined',
  'other-files',
  'clock',
] as const
export type CheckName = (typeof checkNames)[number]

/** No question over the network waits longer. */
export const questionMs = 2_000

export function ok(note = ''): Finding {
  return { kind: 'ok', note }
}

export function failed(diagnosis: Diagnosis): Finding {
  return { kind: 'failed', diagnosis }
}

export function skipped(why: string): Finding {
  return { kind: 'skipped', why }
}

/** Enough names for a sentence. */
export function listSome(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`
}
