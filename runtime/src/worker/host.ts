/**
 * A worker without a process around it: no files, no environment, so that it can also live inside another program or a test.
 * It is passive: it answers, and dials nobody but devices.
 *
 * H1  Its devices are looked after from the first list on, whether anybody calls or not.
 * H2  Closing lets the commands under way end, if they do so soon; then it ends the callers' links, and then the devices.
 */
import type { DeviceEntry } from '../contract/device-list.ts'
import type { Driver } from '../drivers/driver.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import { opening } from '../machine/resource.ts'
import type { Listener } from '../net/link.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { envelopesOf } from '../protocol/envelope.ts'
import { type AnsweringPorts, answerFrame } from './answering.ts'
import { createCommands } from './commands.ts'
import { connectDevice } from './connect-device.ts'
import { createDeviceRuns } from './device-runs.ts'
import { createDeviceSet, type DeviceSet } from './device-set.ts'
import { type HostedDevicePorts, hostDevice } from './hosted-device.ts'
import type { KeptMemory } from './memory/keep-memory.ts'
import { ownContract } from './own-contract.ts'
import { createPoller } from './poller.ts'
import { tellRuns } from './tell-runs.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

export interface WorkerHostOptions {
  /** Closed by whoever opened it, after the host. */
  readonly node: NetworkNode
  /** Its name on the wire. */
  readonly workerId: string
  readonly driver: Driver
  /** The only model that it serves; null means every model of the driver. */
  readonly model: string | null
  /** Who may call. Asked for each connection; when the answer changes to no, `listener.recheck()` ends open ones. */
  readonly admits: (publicKey: string) => boolean
  /** Told of each call before it is answered. */
  readonly onCall?: () => void
  readonly clock: Clock
  readonly random: Random
  /** A fresh UUID. */
  readonly newId: () => string
  /** Closed by whoever opened it, after the host. */
  readonly memory: KeptMemory
  readonly metrics: WorkerMetrics
  readonly log: Log
}

/** A worker at work. */
export interface WorkerHost {
  readonly listener: Listener
  readonly devices: Pick<DeviceSet, 'list' | 'revision'>
  /** Serves these devices from now on. `revision` is what it reports of the list; the same one again changes nothing. */
  setDevices(entries: readonly DeviceEntry[], revision: string | null): void
  /** Begins no command any more, and resolves when those under way are answered, or soon. Closing does it first of all. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** No read and no command of a device takes longer. ORK waits 30 s for an answer; a read may be tried twice. */
const deviceTimeoutMs = 8_000
/** How long closing waits for the commands under way: they are answered then, and no fate is unknown. */
const drainMs = 4_000

/** Starts a worker without devices and listens. Rejects if the node can't listen. */
export function startWorkerHost(options: WorkerHostOptions): Promise<WorkerHost> {
  const { node, admits, onCall, log } = options
  return opening(async (resources) => {
    const devices = resources.add(hostDevices(options))
    const answering = answeringOf(options, devices)
    const listener = resources.add(
      await node.listen({
        admits,
        answer(message) {
          onCall?.()
          return answerFrame(answering, message)
        },
      }),
    )
    const drain = () => answering.commands.drain(drainMs)
    resources.onClose(drain)
    return {
      listener,
      devices,
      setDevices(entries, revision) {
        if (revision !== null && revision === devices.revision()) return
        devices.apply(entries, revision)
        log.info({ count: entries.length, revision }, 'device list in use')
      },
      drain,
      close: () => resources.close(),
    }
  })
}

function answeringOf(options: WorkerHostOptions, devices: DeviceSet): AnsweringPorts {
  const { workerId, driver, model, clock, newId, memory, metrics, log } = options
  const contract = ownContract(driver, model)
  const now = () => clock.now()
  const runs = createDeviceRuns({
    declared: contract.capabilities.commands,
    find: (id) => devices.find(id),
    memory: () => memory.current(),
    ...tellRuns(log, metrics),
  })
  const deviceIds = () => devices.list().map(({ entry }) => entry.id)
  return {
    workerId,
    contract,
    channels: driver.channels,
    devices,
    commands: createCommands({ workerId, runs, deviceIds, clock }),
    envelopes: envelopesOf(workerId, { newId, now }),
    memory,
    processId: newId(),
    now,
  }
}

/** The devices of the list in use, looked after (H1). */
function hostDevices({ driver, model, clock, random, metrics, log }: WorkerHostOptions): DeviceSet {
  const { onRead } = metrics
  const onStatusChange = logStatusChanges(log)
  const poller = createPoller({ clock, random })
  const limits = { clock, timeoutMs: deviceTimeoutMs }
  return createDeviceSet({
    host: (entry) =>
      hostDevice(entry, connectDevice({ driver, model }, entry, limits), { clock, onRead, onStatusChange }),
    care: (device) => poller.start(device),
  })
}

function logStatusChanges(log: Log): NonNullable<HostedDevicePorts['onStatusChange']> {
  return ({ id }, { status, error }) => {
    if (status === 'offline') log.warn({ [logField.deviceId]: id, reason: error }, 'device is offline')
    else log.info({ [logField.deviceId]: id }, 'device is online again')
  }
}
