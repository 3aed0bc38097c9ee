/**
 * `getOrk`: ORK in the caller's process.
 *
 * K1  It can be found from when `getOrk` resolves: its key is told in the root, and it listens.
 * K2  Parts of the same process are reached in memory, whatever the discovery.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { isHexKey } from '../contract/hex-key.ts'
import { type KeyPair, keyPairOfSeed } from '../contract/key-pair.ts'
import type { Roster, RosterWorker } from '../contract/roster.ts'
import type { WorkerStatus } from '../contract/status.ts'
import { type Log, silentLog } from '../log.ts'
import { systemClock } from '../machine/clock.ts'
import { opening, type Resources } from '../machine/resource.ts'
import { joinNodes } from '../net/joined-node.ts'
import { type MemoryNetwork, memoryNetwork } from '../net/memory-network.ts'
import type { NetworkNode } from '../net/network-node.ts'
import type { Kernel } from '../ork/kernel.ts'
import { openKernelStorage, startStoredKernel } from '../ork/open-kernel.ts'
import { createStatusFeed } from '../process/status-feed.ts'
import {
  decideMeeting,
  type Meeting,
  type MeetingOptions,
  meetingOptions,
  openMeetingNode,
  topicOf,
} from './meeting.ts'
import { refuseUnknown, SdkError } from './refusal.ts'
import { keepPair, openRoot, rootFiles, tell } from './root-folder.ts'
import { followToldKey } from './told-key.ts'

export interface GetOrkOptions extends MeetingOptions {
  /** Folder that the site's parts share (`root-folder.ts`); `<tmpdir>/mdk` unless given. */
  readonly root?: string
  /** Folder of ORK's store; `<root>/store/ork-db` unless given. One ORK at a time uses it. */
  readonly storeDir?: string
  /** Topic on the DHT, 64 hexadecimal characters; that of `topicFile` unless given. */
  readonly topic?: string
  /** `<root>/.dht-topic` unless given; made if it isn't there. */
  readonly topicFile?: string
  /** Seed of ORK's key pair, 64 hexadecimal characters; that of `<root>/ork/seed` unless given, made at the first start. */
  readonly seed?: string
  /**
   * Who may be a worker: `topic`, unless given, whoever is found; `roster` those that `roster` names. Workers of this process are
   * admitted either way.
   */
  readonly admission?: 'topic' | 'roster'
  /** The workers of the site, with admission by roster. */
  readonly roster?: readonly RosterWorker[]
  /**
   * Public keys of clients that may call ORK, besides App Nodes and clients of this process and of this root; `anyone` lets in
   * whoever knows ORK's key, as upstream does.
   */
  readonly allowedCallers?: readonly string[] | 'anyone'
  /** How long to wait for another process that holds the store; 10 s unless given. */
  readonly lockTimeoutMs?: number
  /** Nothing is logged unless given. */
  readonly log?: Log
  /** Where metrics are kept. */
  readonly registry?: Registry
}

/** ORK that runs. */
export interface Ork {
  /** 64 hexadecimal characters: what App Nodes and clients dial, and workers let in. */
  readonly publicKey: string
  /** The topic on the DHT; null where there is none. */
  readonly topic: string | null
  /** The registry as it is now, sorted by id. */
  workers(): readonly WorkerStatus[]
  /** Looks for new workers at once; on a DHT ORK does so by itself every ten to fifteen seconds while it misses nobody. */
  searchNow(): void
  /** For parts of the same process: `startWorker`, `startAppNode` and `startClient` use it. */
  readonly inside: OrkInside
  /** Gives commands under way a moment, ends the links, and flushes the store. Idempotent. */
  close(): Promise<void>
}

/** ORK as parts of its process see it. */
export interface OrkInside {
  /** A place in the process's own network. */
  join(identity: KeyPair): NetworkNode
  /** Makes a process of this network a worker of the site, until what is returned is called. */
  admitWorker(workerId: string, publicKey: string): () => void
  /** Lets a process of this network call ORK, until what is returned is called. */
  admitCaller(publicKey: string): () => void
}

const known = [
  ...meetingOptions,
  ...['root', 'storeDir', 'topic', 'topicFile', 'seed', 'admission', 'roster', 'allowedCallers'],
  ...['lockTimeoutMs', 'log', 'registry'],
]

/** What does the work of upstream's options that aren't there. */
const hints = {
  ipc: 'there is no socket; parts of one process meet in memory, others by ORK’s key',
  hrpc: 'give allowedCallers for its whitelist and bootstrap for its bootstrap; ORK always serves under its own key',
  telemetryPullMs: 'ORK keeps no telemetry; it pulls when it is asked',
  healthPingMs: 'the pace of pings follows from the size of the site',
}

/** Starts ORK. Rejects with an SdkError for what can't work, with a StoreError when its store can't be opened. */
export function getOrk(options: GetOrkOptions = {}): Promise<Ork> {
  return opening(async (resources) => {
    refuseUnknown('getOrk', options, known, hints)
    refuseContradictions(options)
    const root = await openRoot(options.root)
    const meeting = decideMeeting('getOrk', options, root, options.topic)
    const topic = await topicOf(meeting, options.topic, options.topicFile ?? join(root, rootFiles.topic))
    const identity =
      options.seed === undefined ? await keepPair(join(root, 'ork', 'seed')) : keyPairOfSeed(options.seed)
    return openOrk({ options, root, meeting, topic, identity, network: memoryNetwork() }, resources)
  })
}

function refuseContradictions({ admission, roster, seed, allowedCallers = [] }: GetOrkOptions): void {
  if (admission === 'roster' && roster === undefined) {
    throw new SdkError("getOrk admits by roster but has none; give roster, or admission: 'topic'")
  }
  if (admission !== 'roster' && roster !== undefined) {
    throw new SdkError("getOrk has a roster that it doesn't use; give admission: 'roster' with it")
  }
  if (seed !== undefined && !isHexKey(seed)) throw new SdkError('getOrk needs a seed of 64 hexadecimal characters')
  if (allowedCallers !== 'anyone' && !allowedCallers.every(isHexKey)) {
    throw new SdkError('getOrk needs allowedCallers of 64 hexadecimal characters each, in lower case')
  }
}

interface OrkParts {
  readonly options: GetOrkOptions
  readonly root: string
  readonly meeting: Meeting
  readonly topic: string | null
  readonly identity: KeyPair
  readonly network: MemoryNetwork
}

async function openOrk(parts: OrkParts, resources: Resources): Promise<Ork> {
  const { options, root, meeting, topic, identity, network } = parts
  const { log = silentLog, registry = new Registry(), admission = 'topic', lockTimeoutMs = 10_000 } = options
  const directory = options.storeDir ?? join(root, rootFiles.store)
  const storage = resources.add(await openKernelStorage({ directory, lockTimeoutMs, registry, log }))
  const members = createMembers(options)
  const running: { kernel: Kernel | null } = { kernel: null }
  const isTold = await followCallers(root, resources, () => void running.kernel?.onRosterChange())
  const node = resources.add(await openNode(parts, () => running.kernel?.searchNow()))
  const feed = createStatusFeed({ epoch: randomUUID(), publicKey: identity.publicKey })
  const isCaller = (publicKey: string): boolean => isTold(publicKey) || members.isCaller(publicKey)
  const kernel = resources.add(
    await startStoredKernel({
      node,
      storage,
      clock: systemClock,
      log,
      registry,
      admission,
      roster: () => members.roster(),
      isCaller,
      topic: () => topic,
      onWorker: (worker) => feed.setWorker(worker),
      onWorkerGone: (workerId) => feed.removeWorker(workerId),
      onStrangers: (publicKeys) => feed.setStrangers(publicKeys),
    }),
  )
  running.kernel = kernel
  // K1
  if (meeting.kind !== 'process') await tell(join(root, rootFiles.orkKey), identity.publicKey)
  return {
    publicKey: identity.publicKey,
    topic: meeting.kind === 'dht' ? topic : null,
    workers: () => feed.workers(),
    searchNow: () => kernel.searchNow(),
    inside: {
      join: (pair) => network.join(pair),
      admitWorker(workerId, publicKey) {
        const leave = members.addWorker(workerId, publicKey)
        void kernel.onRosterChange()
        kernel.introduce({ publicKey })
        return () => {
          leave()
          void kernel.onRosterChange()
        }
      },
      admitCaller: (publicKey) => members.addCaller(publicKey),
    },
    close: () => resources.close(),
  }
}

/** K2 */
async function openNode({ meeting, identity, network, options }: OrkParts, onFolderChange: () => void) {
  const inner = network.join(identity)
  if (meeting.kind === 'process') return inner
  const { log = silentLog } = options
  const outer = await openMeetingNode(meeting, { identity, name: 'ork', log, onFolderChange })
  return joinNodes({ network, inner, outer })
}

/** Who of the same root may call. */
async function followCallers(
  root: string,
  resources: Resources,
  onChange: () => void,
): Promise<(publicKey: string) => boolean> {
  const files = [rootFiles.appNodeKey, rootFiles.clientKey]
  const told = await Promise.all(
    files.map(async (file) => resources.add(await followToldKey(join(root, file), onChange))),
  )
  return (publicKey) => told.some((key) => key.current() === publicKey)
}

/** Who belongs to the site, as the caller says. */
function createMembers({ roster = [], allowedCallers = [] }: GetOrkOptions) {
  const inside = new Map<string, RosterWorker>()
  // One for each part: parts of one root have one key, and the key may call until the last of them has closed.
  const callers = new Set<{ readonly publicKey: string }>()
  const isInside = (publicKey: string) => [...callers].some((caller) => caller.publicKey === publicKey)
  return {
    roster(): Roster {
      const others = roster.filter(({ workerId }) => !inside.has(workerId))
      return { version: 1, workers: [...others, ...inside.values()], callers: [] }
    },
    isCaller: (publicKey: string) =>
      allowedCallers === 'anyone' || allowedCallers.includes(publicKey) || isInside(publicKey),
    addCaller(publicKey: string): () => void {
      const caller = { publicKey }
      callers.add(caller)
      return () => void callers.delete(caller)
    },
    addWorker(workerId: string, publicKey: string): () => void {
      const entry = { workerId, publicKey, host: 'memory', port: 1 }
      inside.set(workerId, entry)
      return () => {
        if (inside.get(workerId) === entry) inside.delete(workerId)
      }
    },
  }
}
