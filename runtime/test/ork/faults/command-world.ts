import { silentLog } from '../../../src/log.ts'
import type { Clock } from '../../../src/machine/clock.ts'
import { sleepWith } from '../../../src/machine/clock.ts'
import { manualClock } from '../../../src/machine/manual-clock.ts'
import { type CommandPath, createCommandPath } from '../../../src/ork/command-path.ts'
import type { CommandTarget } from '../../../src/ork/ports/command-targets.ts'
import type { Answer, WorkerChannel } from '../../../src/ork/ports/worker-channel.ts'
import type { CommandRecord, DispatchedCommand } from '../../../src/protocol/payloads.ts'
import { openMemoryStore } from '../../storage/memory-store.ts'
import { type Chance, chanceOf } from './chance.ts'
import { type Disk, type FaultyJournal, faultyJournal } from './faulty-journal.ts'
import { FaultyWorker, type Weather } from './faulty-worker.ts'

/** Two workers that remember and one that doesn't, with three devices each; commands `once`, and `often`, which is idempotent. */
const commands = [
  { name: 'once', params: [] },
  { name: 'often', params: [], idempotent: true },
]
const devicesPerWorker = 3

interface OrkProcess {
  readonly path: CommandPath
  readonly journal: FaultyJournal
  readonly life: { over: boolean }
}

/** One ORK, its workers and a caller, all in memory, with everything going wrong that may. What happens follows from the seed. */
export class CommandWorld {
  readonly clock = manualClock()
  readonly chance: Chance
  readonly weather: Weather = { loss: 0, deviceMs: 40_000 }
  readonly workers: readonly FaultyWorker[]
  /** What callers were told: ids of accepted commands, and every end that was seen. */
  readonly accepted = new Map<string, string>()
  readonly ends = new Map<string, Set<string>>()
  readonly #disk: Disk = { records: new Map(), writable: true }
  #ids = 0
  #ork: OrkProcess | undefined

  constructor(seed: number) {
    this.chance = chanceOf(seed)
    const parts = { clock: this.clock, chance: this.chance, weather: this.weather }
    this.workers = ['w1', 'w2', 'w3'].map((workerId) => new FaultyWorker(workerId, workerId !== 'w3', parts))
  }

  get disk(): Pick<Disk, 'writable'> {
    return this.#disk
  }

  async startOrk(): Promise<void> {
    if (this.#ork !== undefined) return
    const life = { over: false }
    const clock = clockOf(this.clock, life)
    const journal = faultyJournal(this.#disk, clock, this.chance)
    const path = createCommandPath({
      journal,
      store: openMemoryStore(),
      channel: this.#channel(),
      targets: {
        ofDevice: (deviceId) => this.#targetOf(deviceId.split('.')[0] ?? ''),
        find: (workerId) => this.#targetOf(workerId),
        devicesOf: (workerId) => Array.from({ length: devicesPerWorker }, (_, index) => `${workerId}.d${index}`),
      },
      clock,
      random: () => this.chance.next(),
      newId: () => `c${(this.#ids += 1)}`,
      log: silentLog,
      metrics: { onCommandEnd: () => undefined, onCommandRetry: () => undefined, onCommandTime: () => undefined },
    })
    await path.recover()
    this.#ork = { path, journal, life }
    for (const worker of this.workers) this.#tellRoutable(worker)
  }

  killOrk(): void {
    if (this.#ork === undefined) return
    this.#ork.life.over = true
    this.#ork.journal.kill()
    this.#ork = undefined
  }

  startWorker(worker: FaultyWorker): void {
    worker.up = true
    this.#tellRoutable(worker)
  }

  /** A command from one of two callers; counts as accepted when its caller was told so. */
  submit(): void {
    const { ork, chance } = { ork: this.#ork, chance: this.chance }
    if (ork === undefined) return
    const worker = chance.pick(this.workers)
    const deviceId = `${worker.workerId}.d${chance.below(devicesPerWorker)}`
    const command = chance.pick(['once', 'often'])
    const request = {
      caller: chance.pick(['a', 'b']),
      deviceId,
      correlationId: null,
      payload: { command },
      sizeBytes: 200,
    }
    void ork.path.submit(request).then((submitted) => {
      if (submitted.kind === 'queued' && !ork.life.over) this.accepted.set(submitted.commandId, command)
    })
  }

  cancelOne(): void {
    const ids = [...this.accepted.keys()]
    if (ids.length > 0) void this.#ork?.path.cancel(this.chance.pick(ids)).catch(() => undefined)
  }

  /** Notes every end that can be seen now. */
  look(): void {
    for (const commandId of this.accepted.keys()) {
      const record = this.statusOf(commandId)
      if (record?.status !== 'SUCCESS' && record?.status !== 'FAILED') continue
      const ends = this.ends.get(commandId) ?? new Set()
      this.ends.set(commandId, ends.add(`${record.status} ${String(record.error)}`))
    }
  }

  statusOf(commandId: string): CommandRecord | undefined {
    return this.#ork?.path.status(commandId)
  }

  counts(): { readonly waiting: number; readonly inFlight: number } | undefined {
    return this.#ork?.path.counts()
  }

  #tellRoutable({ workerId }: FaultyWorker): void {
    this.#ork?.path.onRoutable(workerId)
  }

  #targetOf(workerId: string): CommandTarget | undefined {
    const worker = this.workers.find((each) => each.workerId === workerId)
    if (worker === undefined) return undefined
    return { workerId, routable: worker.up, awaited: false, instance: worker.instance, capabilities: { commands } }
  }

  #channel(): WorkerChannel {
    const ask = (workerId: string, _: string, payload: unknown, options: { deviceId?: string; timeoutMs: number }) =>
      this.workers
        .find((each) => each.workerId === workerId)
        ?.ask(payload as DispatchedCommand, options.deviceId ?? '', options.timeoutMs) ??
      Promise.resolve<Answer<never>>({ kind: 'unlinked' })
    return { ask: ask as WorkerChannel['ask'] }
  }
}

/** A clock that stops with its process. */
function clockOf(clock: Clock, life: { readonly over: boolean }): Clock {
  const after: Clock['after'] = (delayMs, task) => clock.after(delayMs, () => !life.over && task())
  return { ...clock, after, sleep: (delayMs, signal) => sleepWith({ after }, delayMs, signal) }
}
