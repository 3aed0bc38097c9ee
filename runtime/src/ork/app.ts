/**
 * The orchestration kernel as a program: a site's folders, its store and its port. It is ready when the store is open, recovery is
 * done and it listens; which workers it reaches is status.
 */
import type { OrkConfig } from '../config.ts'
import { watchAgreement } from '../doctor/files-agree.ts'
import { keepVigil } from '../doctor/keep-vigil.ts'
import { logField } from '../log.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { type Program, type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { ready } from '../process/readiness.ts'
import { meetingTopic, openSiteNode } from '../process/site-node.ts'
import { createStatusFeed, type StatusFeed } from '../process/status-feed.ts'
import type { WatchedValue } from '../process/watched-value.ts'
import type { Kernel } from './kernel.ts'
import { createLookout, type Lookout } from './lookout.ts'
import { type KernelStorage, startStoredKernel } from './open-kernel.ts'
import { giveUpFor, openProgramStorage } from './program-storage.ts'

export function startOrk(config: OrkConfig, ports: ProgramPorts): Promise<RunningProgram> {
  return startProgram(config, ports, async (program) => {
    const { files, log } = program
    const feed = createStatusFeed({ epoch: program.epoch, publicKey: files.key().publicKey })
    feed.setFiles(files.hashes())
    program.setStatus(feed)
    const storage = await openProgramStorage(program, config, ports.stop)
    const vigil = program.own(keepVigil(program, config, (diagnosis) => feed.setDiagnosis(diagnosis)))
    /** Set as soon as there is one; a sign may come before. */
    const running: { kernel: Kernel | null } = { kernel: null }
    const doFilesAgree = watchAgreement(files, files.key().publicKey)
    const lookout = createLookout(vigil, () => node.announced && doFilesAgree())
    const node = program.own(
      await openSiteNode(config, {
        identity: files.key(),
        name: 'ork',
        bootstrap: files.discovery.current()?.bootstrap ?? [],
        log,
        onAnnouncedChange: () => lookout.look(),
        onFolderChange: () => running.kernel?.searchNow(),
      }),
    )
    const topic = meetingTopic(config, files)
    const kernel = program.own(await startKernelOf(program, { storage, node, topic, feed, lookout }))
    running.kernel = kernel
    follow(program, { kernel, node, topic, feed, lookout })
    program.setReadiness(() => ready)
    log.info({ [logField.publicKey]: files.key().publicKey }, 'ork listens')
  })
}

interface Parts {
  readonly storage: KernelStorage
  readonly node: NetworkNode
  readonly topic: WatchedValue<string>
  readonly feed: StatusFeed
  readonly lookout: Lookout
}

function startKernelOf(program: Program, { storage, node, topic, feed, lookout }: Parts): Promise<Kernel> {
  const { files, clock, log, registry } = program
  return startStoredKernel({
    node,
    storage,
    clock,
    log,
    registry,
    roster: () => files.roster.current(),
    settings: () => files.settings.current() ?? {},
    topic: () => topic.current(),
    onWorker(worker) {
      feed.setWorker(worker)
      lookout.setWorker(worker)
    },
    onWorkerGone(workerId) {
      feed.removeWorker(workerId)
      lookout.removeWorker(workerId)
    },
    onStrangers: (publicKeys) => feed.setStrangers(publicKeys),
    onBroken: (job) => giveUpFor(program, job),
  })
}

interface Followers extends Omit<Parts, 'storage'> {
  readonly kernel: Kernel
}

/** Lets changes of the files take effect. The hash of a roster shows when what it changes is in force. */
function follow(program: Program, { kernel, node, topic, feed, lookout }: Followers): void {
  const { files, log } = program
  const followRoster = () => void kernel.onRosterChange()
  const followBootstrap = () => {
    const discovery = files.discovery.current()
    if (discovery === null) return
    node.setBootstrap(discovery.bootstrap)
    log.info({ count: discovery.bootstrap.length }, 'bootstrap nodes in use')
  }
  program.onClose(files.roster.subscribe(followRoster))
  program.onClose(topic.subscribe(() => kernel.searchNow()))
  program.onClose(files.discovery.subscribe(followBootstrap))
  const followFiles = () => {
    feed.setFiles(files.hashes())
    lookout.look()
  }
  program.onClose(files.subscribe(followFiles))
  // Whatever changed while the kernel started.
  followRoster()
  followFiles()
}
