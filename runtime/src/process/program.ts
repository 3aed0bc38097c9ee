/**
 * What every program does the same way, in this order: it reads its key and logs the public key, reads its folders, serves
 * probes, metrics and status, and opens its own parts. It closes in reverse, and unwinds if a part can't be opened.
 */
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { Config } from '../config.ts'
import { type Folder, foldersOf, optionalFoldersOf } from '../contract/file-layout.ts'
import type { Log } from '../log.ts'
import { type Clock, systemClock } from '../machine/clock.ts'
import { type Closeable, opening } from '../machine/resource.ts'
import { processStatus } from './process-status.ts'
import { notReady, type Readiness } from './readiness.ts'
import { type SiteFiles, startSiteFiles } from './site-files.ts'
import { startStatusServer } from './status-server.ts'
import type { StatusSource } from './status-source.ts'

/** What a program gets from `main.ts` or from a test. */
export interface ProgramPorts {
  readonly log: Log
  readonly registry: Registry
  readonly clock?: Clock
  /** Aborted when the process is to stop: what is still being opened is given up. */
  readonly stop?: AbortSignal
}

/** A program that runs. */
export interface RunningProgram {
  /** Where probes, metrics and status are served. */
  readonly statusPort: number
  /** Aborted when the program says that it can't do its work any more. */
  readonly broken: AbortSignal
  /** Closes what the program opened, last first. Idempotent. */
  close(): Promise<void>
}

/** What a program builds on while it opens its parts. */
export interface Program {
  readonly log: Log
  readonly registry: Registry
  readonly clock: Clock
  readonly files: SiteFiles
  /** Another one in each process: the `epoch` of its status. */
  readonly epoch: string
  /** Takes charge of closing a part, and gives it back. */
  own<Part extends Closeable>(part: Part): Part
  /** Takes charge of one step of closing. */
  onClose(close: () => Promise<void> | void): void
  /** Says how readiness is found out; until then the process is not ready ("starting"). */
  setReadiness(readiness: () => Readiness): void
  /** The program can't do its work any more, and had better be started anew: the process closes it and ends. */
  giveUp(): void
  /** What `/v1/status` says now. */
  status(): object
  /** What `/v1/status` serves. A program that calls neither this nor `setDetail` shows an empty detail. */
  setStatus(source: StatusSource): void
  /** The detail of an ordinary process's status, made anew for each reader. Hashes and problems of files are added. */
  setDetail(detail: () => Readonly<Record<string, unknown>>): void
}

/** Where the meeting place is a folder there is no topic. */
function foldersRead(config: Config): readonly Folder[] {
  const folders = [...foldersOf[config.service], ...optionalFoldersOf[config.service]]
  return 'sharedDir' in config ? folders.filter((folder) => folder !== 'topic') : folders
}

/** Runs one program: `open` opens its parts. Rejects with what it couldn't open, after closing the rest. */
export function startProgram(
  config: Config,
  ports: ProgramPorts,
  open: (program: Program) => Promise<void>,
): Promise<RunningProgram> {
  const { log, registry, clock = systemClock } = ports
  return opening(async (resources) => {
    const epoch = randomUUID()
    const broken = new AbortController()
    const folders = foldersRead(config)
    const files = resources.add(await startSiteFiles({ dir: config.configDir, folders, log, clock }))
    const publicKey = folders.includes('key') ? files.key().publicKey : null
    let readiness = (): Readiness => notReady('starting')
    let detail = (): Readonly<Record<string, unknown>> => ({})
    let status = processStatus(epoch, () => ({
      version: 1,
      service: config.service,
      publicKey,
      files: files.hashes(),
      detail: { ...detail(), fileProblems: files.problems() },
    }))
    const server = await startStatusServer({
      port: config.statusPort,
      readiness: () => readiness(),
      identity: { service: config.service, publicKey },
      status: () => status,
      tokens: () => files.adminTokens.current(),
      registry,
      log,
      clock,
    })
    resources.add(server)
    log.info({ statusPort: server.port }, 'probes, metrics and status served')
    await open({
      log,
      registry,
      clock,
      files,
      epoch,
      own: (part) => resources.add(part),
      onClose: (close) => resources.onClose(close),
      giveUp: () => broken.abort(),
      status: () => status.snapshot().status,
      setReadiness: (next) => void (readiness = next),
      setStatus: (source) => void (status = source),
      setDetail: (next) => void (detail = next),
    })
    return { statusPort: server.port, broken: broken.signal, close: () => resources.close() }
  })
}
