/** `startWorker`: a worker in the caller's process, for an ORK in the same one or in another. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { type DeviceEntry, deviceListRevision, formatDeviceList, parseDeviceList } from '../contract/device-list.ts'
import { isHexKey } from '../contract/hex-key.ts'
import { type KeyPair, keyPairOfSeed } from '../contract/key-pair.ts'
import type { Driver } from '../drivers/driver.ts'
import { type Log, logField, silentLog } from '../log.ts'
import { systemClock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import { opening, type Resources } from '../machine/resource.ts'
import { plainNameOf } from '../net/meeting-folder.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { startWorkerHost, type WorkerHost } from '../worker/host.ts'
import { openMemoryFolder } from '../worker/memory-folder.ts'
import { startMemory } from '../worker/start-memory.ts'
import { createWorkerMetrics } from '../worker/worker-metrics.ts'
import { countByStatus } from '../worker/worker-status.ts'
import { decideMeeting, type MeetingOptions, meetingOptions, openMeetingNode, topicOf } from './meeting.ts'
import type { Ork } from './ork.ts'
import { refuseUnknown, SdkError } from './refusal.ts'
import { keepPair, openRoot, rootFiles } from './root-folder.ts'
import { followToldKey } from './told-key.ts'

/** A device of the worker's driver: what isn't said is nothing, or the worker's own. */
export type DeviceInput = Pick<DeviceEntry, 'id'> & Partial<Omit<DeviceEntry, 'id' | 'driver'>>

export interface StartWorkerOptions extends MeetingOptions {
  /** ORK of this process. Without it the worker is found over `discovery`. */
  readonly ork?: Ork
  readonly devices?: readonly DeviceInput[]
  /** The only model that it serves; every model of the driver unless given. */
  readonly model?: string
  /** `rack-1` unless given. */
  readonly rack?: string
  /** Its name on the wire, 1 to 63 letters, digits or `._-`; `<driver>-<rack>` unless given. */
  readonly workerId?: string
  /** Topic on the DHT, 64 hexadecimal characters; that of `topicFile` unless given. */
  readonly orkTopic?: string
  /** `<root>/.dht-topic` unless given; made if it isn't there, and never written over. */
  readonly topicFile?: string
  /** Public key of the ORK that may call; that which an ORK of this root tells unless given. Nobody may until it is known. */
  readonly orkKey?: string
  /** Folder that the site's parts share (`root-folder.ts`); `<tmpdir>/mdk` unless given. */
  readonly root?: string
  /** Seed of its key pair; that of `<root>/workers/<workerId>/seed` unless given, made at the first start. */
  readonly seed?: string
  readonly log?: Log
  readonly registry?: Registry
}

/** A worker that runs. */
export interface RunningWorker {
  readonly workerId: string
  readonly publicKey: string
  /** How its devices are. */
  devices(): readonly { readonly id: string; readonly status: string; readonly error: string | null }[]
  /**
   * Serves these devices from now on; those that are the same are left alone. Throws an SdkError for a list that can't be used, and
   * then changes nothing.
   */
  setDevices(devices: readonly DeviceInput[]): void
  /** Ends the callers' links, then the devices. Idempotent. */
  close(): Promise<void>
}

const known = [
  ...meetingOptions,
  ...['ork', 'devices', 'model', 'rack', 'workerId', 'orkTopic', 'topicFile', 'orkKey', 'root', 'seed'],
  ...['log', 'registry'],
]

/** What does the work of upstream's options that aren't there. */
const hints = {
  wtype: 'the driver has the type; give model for one of its models',
  contract: 'the contract is the driver’s own',
  workerPackagePath: 'the contract is the driver’s own',
}

/** Starts a worker of this driver. Rejects with an SdkError for what can't work. */
export function startWorker(driver: Driver, options: StartWorkerOptions = {}): Promise<RunningWorker> {
  return opening(async (resources) => {
    refuseUnknown('startWorker', options, known, hints)
    refuseContradictions(options)
    const { rack = 'rack-1', model = null } = options
    const workerId = nameOf(options.workerId ?? `${driver.name}-${rack}`)
    const root = await openRoot(options.root)
    const { seed } = options
    const identity = seed === undefined ? await keepPair(join(root, 'workers', workerId, 'seed')) : keyPairOfSeed(seed)
    const place = await findPlace({ options, root, workerId, identity }, resources)
    const memoryDir = join(root, 'workers', workerId, 'commands')
    const host = await openHost({ driver, model, workerId, memoryDir, options, place }, resources)
    const setDevices = (devices: readonly DeviceInput[]): void => {
      const text = formatDeviceList(devices.map((device) => entryOf(driver, device)))
      host.setDevices(parseDevices(text), deviceListRevision(text))
    }
    setDevices(options.devices ?? [])
    resources.onClose(place.join(host))
    // Before it leaves: ORK ends the link of a worker that has left, and with it what would have been answered.
    resources.onClose(() => host.drain())
    return {
      workerId,
      publicKey: identity.publicKey,
      devices: () => host.devices.list().map(stateOf),
      setDevices,
      close: () => resources.close(),
    }
  })
}

function refuseContradictions({ ork, orkTopic, orkKey, discovery, bootstrap, seed }: StartWorkerOptions): void {
  if (seed !== undefined && !isHexKey(seed)) throw new SdkError('startWorker needs a seed of 64 hexadecimal characters')
  const outside = [orkTopic, orkKey, discovery, bootstrap].some((option) => option !== undefined)
  if (ork !== undefined && outside) {
    throw new SdkError(
      'startWorker has an ork of this process, which finds it by itself; leave topic and discovery out',
    )
  }
  if (ork === undefined && !outside) {
    throw new SdkError(
      "nobody could find this worker; give ork, discovery: {mode: 'local'}, or bootstrap nodes of a DHT",
    )
  }
}

function nameOf(workerId: string): string {
  try {
    return plainNameOf(workerId)
  } catch (error) {
    throw new SdkError(`startWorker cannot use this workerId: ${String(error)}`, { cause: error })
  }
}

/** Where the worker is found, and by whom. */
interface Place {
  readonly node: NetworkNode
  admits(publicKey: string): boolean
  /** Lets itself be found now that it listens; what is returned ends that. */
  join(host: WorkerHost): () => Promise<void> | void
}

interface Origin {
  readonly options: StartWorkerOptions
  readonly root: string
  readonly workerId: string
  readonly identity: KeyPair
}

async function findPlace({ options, root, workerId, identity }: Origin, resources: Resources): Promise<Place> {
  const { ork, orkTopic, orkKey, log = silentLog } = options
  if (ork !== undefined) {
    const node = resources.add(ork.inside.join(identity))
    const join = () => ork.inside.admitWorker(workerId, identity.publicKey)
    return { node, admits: (publicKey) => publicKey === ork.publicKey, join }
  }
  const meeting = decideMeeting('startWorker', options, root, orkTopic)
  if (meeting.kind === 'process') throw new SdkError("startWorker has discovery 'process' but no ork; give it")
  const topic = await topicOf(meeting, orkTopic, options.topicFile ?? join(root, rootFiles.topic))
  const listening: { host: WorkerHost | null } = { host: null }
  const told = resources.add(
    await followToldKey(join(root, rootFiles.orkKey), () => listening.host?.listener.recheck()),
  )
  const node = resources.add(await openMeetingNode(meeting, { identity, name: workerId, log }))
  return {
    node,
    admits: (publicKey) => publicKey === (orkKey ?? told.current()),
    join(host) {
      listening.host = host
      if (topic === null) return () => undefined
      const announcement = node.announce(topic, identity.publicKey)
      return () => announcement.close()
    },
  }
}

interface HostOrigin {
  readonly driver: Driver
  readonly model: string | null
  readonly workerId: string
  /** Where it remembers the commands that it ran. */
  readonly memoryDir: string
  readonly options: StartWorkerOptions
  readonly place: Place
}

async function openHost(
  { driver, model, workerId, memoryDir, options, place }: HostOrigin,
  resources: Resources,
): Promise<WorkerHost> {
  const { log = silentLog, registry = new Registry() } = options
  const running: { host: WorkerHost | null } = { host: null }
  const openMemory = () => openMemoryFolder(memoryDir, { durability: 'fast', log })
  const memory = resources.add(await startMemory(openMemory, { clock: systemClock, registry, log }))
  const host = await startWorkerHost({
    node: place.node,
    workerId,
    driver,
    model,
    admits: place.admits,
    clock: systemClock,
    random: systemRandom,
    newId: randomUUID,
    memory,
    metrics: createWorkerMetrics(registry, () => countByStatus(running.host?.devices.list() ?? [])),
    log: log.child({ [logField.workerId]: workerId }),
  })
  running.host = host
  return resources.add(host)
}

function entryOf(driver: Driver, device: DeviceInput): DeviceEntry {
  const { id, model = null, address = null, port = null, options = {}, credentials = {} } = device
  return { id, driver: driver.name, model, address, port, options, credentials }
}

/** What holds for a device list in a file holds here: of two devices with one id nobody could close the first. */
function parseDevices(text: string): readonly DeviceEntry[] {
  const parsed = parseDeviceList(text)
  if (parsed.kind === 'ok') return parsed.value
  throw new SdkError(`the worker cannot use these devices, which are read as a device list: ${parsed.message}`)
}

function stateOf({ entry, state }: ReturnType<WorkerHost['devices']['list']>[number]) {
  const { status, error } = state()
  return { id: entry.id, status, error }
}
