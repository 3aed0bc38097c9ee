/** ORK in a process that also calls it: for what a caller over the network would not see alone. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { keyPairOfSeed } from '../../../runtime/src/contract/key-pair.ts'
import type { Roster, RosterCaller, RosterWorker } from '../../../runtime/src/contract/roster.ts'
import { createLog } from '../../../runtime/src/log.ts'
import { systemClock } from '../../../runtime/src/machine/clock.ts'
import { startDhtNode } from '../../../runtime/src/net/dht-node.ts'
import type { Kernel } from '../../../runtime/src/ork/kernel.ts'
import { openKernelStorage, startStoredKernel } from '../../../runtime/src/ork/open-kernel.ts'
import { wholePage } from '../../../runtime/src/ork/page.ts'
import { createRegistry } from '../../../runtime/src/process/metrics.ts'
import { envelopesOf } from '../../../runtime/src/protocol/envelope.ts'
import { encode } from '../../../runtime/src/protocol/frames.ts'
import type { Durability } from '../../../runtime/src/storage/journal/journal.ts'
import { serveJobs } from './child.ts'
import { type ClosedLoop, type Served, serveClosedLoop } from './load.ts'

interface StartOptions {
  readonly seed: string
  readonly bootstrap: readonly string[]
  readonly stateDir: string
  readonly durability: Durability
  readonly workers: readonly RosterWorker[]
  readonly callers: readonly RosterCaller[]
}

interface Started {
  readonly kernel: Kernel
  readonly ready: ReadonlySet<string>
}

let ork: Started | undefined

function kernel(): Kernel {
  if (ork === undefined) throw new Error('start first')
  return ork.kernel
}

/** How large a request and its reply are on the wire. */
interface Sizes {
  readonly requestBytes: number
  readonly replyBytes: number
}

const answerMs = 30_000

/** As long as those of clients. */
const correlationId = randomUUID()

/** The same every time but for the percentage, so that each changes something. */
function commandTo(deviceId: string) {
  return { deviceId, payload: { command: 'setPowerPct', params: { pct: Math.floor(Math.random() * 101) } } }
}

async function runCommand(deviceId: string): Promise<void> {
  const { wire } = kernel()
  const submitted = await wire.submit({ caller: 'bench', correlationId, sizeBytes: 300, ...commandTo(deviceId) })
  if (submitted.kind === 'rejected') throw new Error(`a command was rejected: ${submitted.error}`)
  const ended = await wire.commandStatus(submitted.commandId, answerMs)
  if (ended?.status !== 'SUCCESS') throw new Error(`a command ended as ${ended?.status}: ${ended?.error}`)
}

interface DeviceLoop extends ClosedLoop {
  /** At least one for each request under way. */
  readonly deviceIds: readonly string[]
}

const jobs = {
  async start({ seed, bootstrap, stateDir, durability, workers, callers }: StartOptions): Promise<void> {
    const log = createLog({ level: 'info', service: 'ork' })
    const ready = new Set<string>()
    const node = await startDhtNode({ identity: keyPairOfSeed(seed), bootstrap, host: '127.0.0.1', port: 0, log })
    const roster: Roster = { version: 1, workers: [...workers], callers: [...callers] }
    const registry = createRegistry('ork', 'bench')
    const started = await startStoredKernel({
      node,
      storage: await openKernelStorage({
        directory: join(stateDir, 'ork'),
        lockTimeoutMs: 5_000,
        durability,
        registry,
        log,
      }),
      clock: systemClock,
      log,
      registry,
      roster: () => roster,
      // As many as the loops have: by default half of 64 would wait for the other half.
      settings: () => ({ commands: { maxInFlightPerWorker: 64 } }),
      topic: () => null,
      onWorker({ workerId, state, health }) {
        if (state === 'READY' && health === 'HEALTHY') ready.add(workerId)
        else ready.delete(workerId)
      },
      onWorkerGone: (workerId) => void ready.delete(workerId),
      onStrangers: () => undefined,
    })
    ork = { kernel: started, ready }
    while (ready.size < workers.length) await new Promise((resolve) => setTimeout(resolve, 5))
  },
  /** What a pull and a command weigh on the way to this worker. */
  async weigh({ seed, bootstrap, worker, deviceId }: WeighOptions): Promise<{ pull: Sizes; command: Sizes }> {
    const node = await startDhtNode({ identity: keyPairOfSeed(seed), bootstrap, host: '127.0.0.1', port: 0 })
    const link = await node.dial({ publicKey: worker.publicKey, address: worker }, { timeoutMs: 5_000 })
    const envelopes = envelopesOf('ork:kernel:default', { newId: randomUUID, now: () => Date.now() })
    const to = { target: worker.workerId, deviceId }
    const pull = encode(envelopes.toWorker('telemetry.pull', { deviceId, query: { type: 'metrics' } }, to))
    const { payload } = commandTo(deviceId)
    const command = { commandId: randomUUID(), ...payload, scope: 'device', workerId: worker.workerId } as const
    const sizesOf = async (message: Buffer): Promise<Sizes> => ({
      requestBytes: message.length,
      replyBytes: (await link.request(message, { timeoutMs: answerMs })).length,
    })
    const sizes = {
      pull: await sizesOf(pull),
      command: await sizesOf(encode(envelopes.toWorker('command.request', command, to))),
    }
    await node.close()
    return sizes
  },
  pulls: ({ deviceIds, ...loop }: DeviceLoop): Promise<Served> =>
    serveClosedLoop(async (lane) => {
      const pulled = await kernel().wire.telemetry.pullTelemetry(
        { deviceId: deviceOf(deviceIds, lane), workerId: null },
        { type: 'metrics' },
      )
      if (pulled.kind === 'failed') throw new Error(`a pull failed: ${pulled.error}`)
    }, loop),
  commands: ({ deviceIds, ...loop }: DeviceLoop): Promise<Served> =>
    serveClosedLoop((lane) => runCommand(deviceOf(deviceIds, lane)), loop),
  /** Pulls the telemetry of the whole site. How long that took, in ms. */
  async pullSite(): Promise<number> {
    const startedAt = performance.now()
    const pulled = await kernel().wire.telemetry.pullSite({ type: 'metrics' }, wholePage)
    const tookMs = performance.now() - startedAt
    if (pulled.kind === 'failed') throw new Error(`a pull of the site failed: ${pulled.error}`)
    const failed = pulled.reply.workers.find(({ error }) => error !== undefined)
    if (failed !== undefined) throw new Error(`a pull of ${failed.workerId} failed: ${failed.error}`)
    return tookMs
  },
}

interface WeighOptions {
  readonly seed: string
  readonly bootstrap: readonly string[]
  readonly worker: RosterWorker
  readonly deviceId: string
}

function deviceOf(deviceIds: readonly string[], lane: number): string {
  const deviceId = deviceIds[lane % deviceIds.length]
  if (deviceId === undefined) throw new Error('there are no devices')
  return deviceId
}

export type OrkKernelJobs = typeof jobs

serveJobs(jobs)
