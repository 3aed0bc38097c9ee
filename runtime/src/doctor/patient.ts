import type { Discovery } from '../contract/discovery-file.ts'
import type { Service } from '../contract/env.ts'
import { folders } from '../contract/file-layout.ts'
import type { Roster, RosterWorker } from '../contract/roster.ts'

/** Folders, beside that of the key, without which a process isn't found or finds nobody. */
export const neededFolders = [folders.topic, folders.discovery, folders.roster] as const

/** Programs that are looked at: those that find each other over a DHT. */
export type PatientService = Exclude<Service, 'site' | 'simulator'>

/** What is known of a process before anybody looks around: its files, and what it says of itself. */
export interface Patient {
  readonly service: PatientService
  /** IPv4 address and UDP port at which it listens. */
  readonly host: string
  readonly port: number
  /** Where it keeps what must outlive it; null if it keeps nothing. */
  readonly stateDir: string | null
  readonly files: PatientFiles
  /** What it says of itself, or why nobody can ask it. */
  readonly running: Running | { readonly kind: 'unknown'; readonly why: string }
}

/** The mounted folders as they are now. */
export interface PatientFiles {
  /** 64 hexadecimal characters; shown nowhere. */
  readonly topic: string | null
  readonly discovery: Discovery | null
  readonly roster: Roster | null
  readonly key: KeyOnFile
  /** Why a folder can't be used as it is, by folder. */
  readonly problems: Readonly<Record<string, string>>
}

/** `announcing` is the public key under which a worker with this key announces its topic. Null for a program without a key. */
export type KeyOnFile =
  | { readonly kind: 'ok'; readonly publicKey: string; readonly announcing: string }
  | { readonly kind: 'problem'; readonly message: string }
  | null

/** A process in its own words. */
export interface Running {
  readonly kind: 'running'
  readonly publicKey: string | null
  /** Whether ORK and this process are connected; null for ORK itself and for a DHT node. */
  readonly joined: boolean | null
  /** Keys that a worker turned away lately. */
  readonly refused: readonly string[]
  /** Workers of the roster that ORK lacks. */
  readonly missing: readonly RosterWorker[]
}
