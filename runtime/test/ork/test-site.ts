import { randomUUID } from 'node:crypto'
import { Registry } from 'prom-client'
import type { KeyPair } from '../../src/contract/key-pair.ts'
import { keyPairOfSeed } from '../../src/contract/key-pair.ts'
import type { Roster, RosterWorker } from '../../src/contract/roster.ts'
import type { OrkSettings } from '../../src/contract/settings.ts'
import type { WorkerStatus } from '../../src/contract/status.ts'
import { silentLog } from '../../src/log.ts'
import type { Clock } from '../../src/machine/clock.ts'
import type { Link } from '../../src/net/link.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { type Kernel, startKernel } from '../../src/ork/kernel.ts'
import { envelopesOf } from '../../src/protocol/envelope.ts'
import { encode } from '../../src/protocol/frames.ts'
import type { OpenedJournal } from '../../src/storage/journal/journal.ts'
import type { Store } from '../../src/storage/store.ts'
import { memoryJournal } from '../storage/memory-journal.ts'
import { type ScriptedWorker, scriptedWorker } from './scripted-worker.ts'

export const topic = 'ab'.repeat(32)

/** A pair of its own for each name. */
export function pairOf(name: string): KeyPair {
  return keyPairOfSeed(Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64))
}

export interface TestSiteOptions {
  readonly join: (identity: KeyPair) => Promise<NetworkNode> | NetworkNode
  readonly store: Store
  /** In memory unless given. */
  readonly commands?: OpenedJournal
  /** At start. */
  readonly settings?: OrkSettings
  readonly clock: Clock
  readonly roster: Roster | null
  /** `roster`, unless set. */
  readonly admission?: 'roster' | 'topic'
}

/** One ORK with what it says of itself, and the means to be its site. */
export class TestSite {
  readonly statuses = new Map<string, WorkerStatus>()
  readonly registry = new Registry()
  strangers: readonly string[] = []
  /** Jobs that crashed more often than they may. */
  readonly broken: string[] = []
  settings: OrkSettings
  /** Told of each worker, besides. */
  onWorker: (worker: WorkerStatus) => void = () => undefined
  roster: Roster | null
  kernel: Kernel | undefined
  readonly #options: TestSiteOptions
  #node: NetworkNode | undefined

  constructor(options: TestSiteOptions) {
    this.#options = options
    this.roster = options.roster
    this.settings = options.settings ?? {}
  }

  async start(): Promise<void> {
    const { join, store, clock, admission, commands = memoryJournal() } = this.#options
    const node = await join(pairOf('ork'))
    this.#node = node
    this.kernel = await startKernel({
      node,
      store,
      commands,
      clock,
      random: () => 0.5,
      newId: randomUUID,
      log: silentLog,
      registry: this.registry,
      roster: () => this.roster,
      settings: () => this.settings,
      ...(admission !== undefined && { admission }),
      topic: () => topic,
      onWorker: (worker) => {
        this.statuses.set(worker.workerId, worker)
        this.onWorker(worker)
      },
      onWorkerGone: (workerId) => this.statuses.delete(workerId),
      onBroken: (job) => this.broken.push(job),
      onStrangers: (strangers) => {
        this.strangers = strangers
      },
    })
  }

  async setRoster(roster: Roster): Promise<void> {
    this.roster = roster
    await this.kernel?.onRosterChange()
  }

  async close(): Promise<void> {
    await this.kernel?.close()
    await this.#node?.close()
  }
}

export function rosterOf(workers: readonly RosterWorker[], callers: readonly string[] = ['app-node']): Roster {
  return {
    version: 1,
    workers: [...workers],
    callers: callers.map((name) => ({ name, publicKey: pairOf(name).publicKey })),
  }
}

/** The roster entry of a worker whose process has the key of `keyName`. */
export function entryOf(node: NetworkNode, workerId: string): RosterWorker {
  return { workerId, publicKey: node.publicKey, host: node.address.host, port: node.address.port }
}

export async function startScripted(node: NetworkNode, workerId: string, devices: string[]): Promise<ScriptedWorker> {
  return scriptedWorker(node, { workerId, devices, orkKey: pairOf('ork').publicKey })
}

export interface Caller {
  /** The request has the `id`, or a fresh one. */
  ask(action: string, payload?: object, deviceId?: string | null, id?: string): Promise<Record<string, unknown>>
}

/** Asks ORK as a client would. */
export function callerOver(link: Pick<Link, 'request'>): Caller {
  const envelopes = envelopesOf('app-node', { newId: randomUUID, now: () => Date.now() })
  return {
    async ask(action, payload = {}, deviceId = null, id = randomUUID()) {
      const envelope = envelopes.toOrk(action as 'command.request', payload as { command: string }, { id, deviceId })
      const reply = await link.request(encode(envelope), { timeoutMs: 40_000 })
      return JSON.parse(reply.toString()) as Record<string, unknown>
    },
  }
}
