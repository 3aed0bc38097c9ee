/**
 * A worker: serves the devices of its list to its ORK. It is passive: it announces where it is, answers, and dials nobody but
 * devices.
 */
import { randomUUID } from 'node:crypto'
import type { WorkerConfig } from '../config.ts'
import { filesAgree, meeting } from '../doctor/files-agree.ts'
import { keepVigil } from '../doctor/keep-vigil.ts'
import { loadDriver } from '../drivers/registry.ts'
import { type Log, logField } from '../log.ts'
import { systemRandom } from '../machine/random.ts'
import { startDhtNode } from '../net/dht-node.ts'
import { type Program, type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { ready } from '../process/readiness.ts'
import { envelopesOf } from '../protocol/envelope.ts'
import { type AnsweringPorts, answerFrame } from './answering.ts'
import { createCommands } from './commands.ts'
import { connectDevice, type Serving } from './connect-device.ts'
import { createDeviceSet, type DeviceSet } from './device-set.ts'
import { createDoor } from './door.ts'
import { followSite, type SiteFollower } from './follow-site.ts'
import { type HostedDevicePorts, hostDevice } from './hosted-device.ts'
import { ownContract } from './own-contract.ts'
import { createPoller } from './poller.ts'
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts'
import { countByStatus, workerDetail } from './worker-status.ts'

/** No read and no command of a device takes longer. ORK waits 30 s for an answer; a read may be tried twice. */
const deviceTimeoutMs = 8_000
/** A command that begins no later than this ends while ORK still waits for its answer. */
const commandPatienceMs = 20_000

/** Runs a worker. Ready when it listens; being announced and being registered are status. */
export function startWorker(config: WorkerConfig, ports: ProgramPorts): Promise<RunningProgram> {
  return startProgram(config, ports, async (program) => {
    const serving = { driver: await chosenDriver(config), model: config.model }
    const contract = ownContract(serving.driver, config.model)
    const instanceId = randomUUID()
    const metrics = createWorkerMetrics(program.registry, () => countByStatus(devices.list()))
    const devices = program.own(hostDevices(program, serving, metrics))
    const commands = createCommands({
      declared: contract.capabilities.commands,
      find: (id) => devices.find(id),
      onRun: (result) => metrics.onCommand(result),
      onBug: (error) => program.log.error({ [logField.error]: error }, 'a command ended with an unexpected failure'),
    })
    const answering: AnsweringPorts = {
      workerId: config.workerId,
      contract,
      channels: serving.driver.channels,
      devices,
      commands,
      envelopes: envelopesOf(config.workerId, { newId: randomUUID, now: () => program.clock.now() }),
      instanceId,
      now: () => program.clock.now(),
    }
    await joinNetwork(config, program, answering)
  })
}

async function joinNetwork(config: WorkerConfig, program: Program, answering: AnsweringPorts): Promise<void> {
  const { clock, files, log } = program
  const orkKey = () => files.discovery.current()?.orkPublicKey ?? null
  const door = createDoor(orkKey, clock)
  const vigil = program.own(keepVigil(program, config))
  const node = program.own(
    await startDhtNode({
      identity: files.key(),
      bootstrap: files.discovery.current()?.bootstrap ?? [],
      host: config.podIp,
      port: config.dhtPort,
      log,
    }),
  )
  /** Set as soon as the worker listens; a call may come before. */
  const site: { follower: SiteFollower | null } = { follower: null }
  const isFindable = () => node.announced && site.follower?.announced === true && filesAgree(meeting(files), null)
  const listener = program.own(
    await node.listen({
      admits: (publicKey) => door.admits(publicKey),
      answer(message) {
        if (isFindable()) vigil.refresh()
        return answerFrame(answering, message)
      },
    }),
  )
  const follower = program.own(followSite(node, listener, files, log))
  site.follower = follower
  const expectCalls = () => vigil.see(orkKey() !== null)
  program.onClose(files.discovery.subscribe(expectCalls))
  expectCalls()
  program.setReadiness(() => ready)
  program.setDetail(() =>
    workerDetail({
      config,
      devices: answering.devices,
      instanceId: answering.instanceId,
      admits: orkKey(),
      callers: listener.callers(),
      refused: door.refused(),
      keyAnnounced: node.announced,
      topicAnnounced: follower.announced,
      diagnosis: vigil.diagnosis(),
    }),
  )
}

/** The devices of the watched list, looked after. */
function hostDevices(program: Program, serving: Serving, metrics: WorkerMetrics): DeviceSet {
  const { files, clock, log } = program
  const onTurn = turnsTo(log)
  const poller = createPoller({ clock, random: systemRandom })
  const devices = createDeviceSet({
    host: (entry) => {
      const connected = connectDevice(serving, entry, {
        clock,
        timeoutMs: deviceTimeoutMs,
        patienceMs: commandPatienceMs,
      })
      return hostDevice(entry, connected, { clock, onRead: metrics.onRead, onTurn })
    },
    care: (device) => poller.start(device),
  })
  const follow = () => {
    const list = files.devices.current()
    if (list === null || files.devices.hash() === devices.revision()) return
    devices.apply(list, files.devices.hash())
    log.info({ count: list.length, revision: devices.revision() }, 'device list in use')
  }
  program.onClose(files.devices.subscribe(follow))
  follow()
  return devices
}

function turnsTo(log: Log): NonNullable<HostedDevicePorts['onTurn']> {
  return ({ id }, { status, error }) => {
    if (status === 'offline') log.warn({ [logField.deviceId]: id, reason: error }, 'device is offline')
    else log.info({ [logField.deviceId]: id }, 'device is online again')
  }
}

async function chosenDriver({ driver: name }: WorkerConfig): Promise<Serving['driver']> {
  const driver = await loadDriver(name)
  if (driver === null) throw new Error(`there is no driver ${name}`)
  return driver
}
