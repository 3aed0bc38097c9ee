/** A worker as a program: the folders of one worker, its port, and where it can be found. */
import { randomUUID } from 'node:crypto'
import type { WorkerConfig } from '../config.ts'
import { watchAgreement } from '../doctor/files-agree.ts'
import { keepVigil } from '../doctor/keep-vigil.ts'
import type { Driver } from '../drivers/driver.ts'
import { loadDriver } from '../drivers/registry.ts'
import { systemRandom } from '../machine/random.ts'
import { type Program, type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { ready } from '../process/readiness.ts'
import { meetingTopic, openSiteNode } from '../process/site-node.ts'
import { createDoor } from './door.ts'
import { followSite, type SiteFollower } from './follow-site.ts'
import { startWorkerHost, type WorkerHost } from './host.ts'
import { memoryFolder, openMemoryFolder } from './memory-folder.ts'
import { startMemory } from './start-memory.ts'
import { createWorkerMetrics } from './worker-metrics.ts'
import { countByStatus, workerDetail } from './worker-status.ts'

/** Runs a worker. Ready when it listens; being announced and being registered are status. */
export function startWorker(config: WorkerConfig, ports: ProgramPorts): Promise<RunningProgram> {
  return startProgram(config, ports, (program) => openParts(config, program))
}

async function openParts(config: WorkerConfig, program: Program): Promise<void> {
  const { clock, files, log, registry } = program
  const driver = await chosenDriver(config)
  const orkKey = () => files.discovery.current()?.orkPublicKey ?? null
  const door = createDoor(orkKey, clock)
  const vigil = program.own(keepVigil(program, config))
  const directory = memoryFolder(config.stateDir, config.workerId)
  const memory = program.own(await startMemory(() => openMemoryFolder(directory, { ...config, log }), program))
  const node = program.own(
    await openSiteNode(config, {
      identity: files.key(),
      name: config.workerId,
      bootstrap: files.discovery.current()?.bootstrap ?? [],
      log,
    }),
  )
  /** Set as soon as the worker listens; a call or a reader of metrics may come before. */
  const site: { host: WorkerHost | null; follower: SiteFollower | null } = { host: null, follower: null }
  const doFilesAgree = watchAgreement(files, null)
  const isFindable = () => node.announced && site.follower?.announced === true && doFilesAgree()
  const host = program.own(
    await startWorkerHost({
      node,
      workerId: config.workerId,
      driver,
      model: config.model,
      admits: (publicKey) => door.admits(publicKey),
      onCall() {
        if (isFindable()) vigil.refresh()
      },
      clock,
      random: systemRandom,
      newId: randomUUID,
      memory,
      metrics: createWorkerMetrics(registry, () => countByStatus(site.host?.devices.list() ?? [])),
      log,
    }),
  )
  site.host = host
  followDevices(program, host)
  const follower = program.own(
    followSite(node, host.listener, { topic: meetingTopic(config, files), discovery: files.discovery }, log),
  )
  site.follower = follower
  followOrk(program, () => vigil.see(orkKey() !== null))
  program.setReadiness(() => ready)
  program.setDetail(() =>
    workerDetail({
      config,
      devices: host.devices,
      memory,
      admits: orkKey(),
      callers: host.listener.callers(),
      refused: door.refused(),
      keyAnnounced: node.announced,
      topicAnnounced: follower.announced,
      diagnosis: vigil.diagnosis(),
    }),
  )
}

function followDevices({ files, onClose }: Program, host: WorkerHost): void {
  const follow = () => {
    const list = files.devices.current()
    if (list !== null) host.setDevices(list, files.devices.hash())
  }
  onClose(files.devices.subscribe(follow))
  follow()
}

function followOrk({ files, onClose }: Program, expectCalls: () => void): void {
  onClose(files.discovery.subscribe(expectCalls))
  expectCalls()
}

async function chosenDriver({ driver: name }: WorkerConfig): Promise<Driver> {
  const driver = await loadDriver(name)
  if (driver === null) throw new Error(`there is no driver ${name}`)
  return driver
}
