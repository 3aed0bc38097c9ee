import type { ManualClock } from '../../../src/machine/manual-clock.ts'
import type { Answer } from '../../../src/ork/ports/worker-channel.ts'
import type { CommandResult, DispatchedCommand } from '../../../src/protocol/payloads.ts'
import type { Chance } from './chance.ts'

/** How the network and devices behave. */
export interface Weather {
  /** How often a message is lost, or comes twice. */
  loss: number
  /** How long a device takes at most. */
  deviceMs: number
}

/** A command that a device ran. */
export interface Run {
  readonly commandId: string
  readonly deviceId: string
  readonly instanceId: string | null
}

type Remembered = { readonly state: 'started' } | { readonly state: 'ended'; readonly result: CommandResult }

/** A worker with a memory that outlasts its process, as ours have; its devices keep the ledger. */
export class FaultyWorker {
  readonly workerId: string
  readonly runs: Run[] = []
  readonly #clock: ManualClock
  readonly #chance: Chance
  readonly #weather: Weather
  readonly #remembers: boolean
  readonly #memory = new Map<string, Remembered>()
  #lives = 0
  #instances = 0
  /** Requests of this process that aren't answered, and how to end them. */
  #asked = new Set<(answer: Answer<CommandResult>) => void>()
  #underWay = new Map<string, Promise<CommandResult>>()
  up = true

  constructor(workerId: string, remembers: boolean, parts: { clock: ManualClock; chance: Chance; weather: Weather }) {
    this.workerId = workerId
    this.#remembers = remembers
    this.#clock = parts.clock
    this.#chance = parts.chance
    this.#weather = parts.weather
  }

  get instance(): { readonly publicKey: string; readonly instanceId: string | null } {
    return { publicKey: this.workerId, instanceId: this.#remembers ? `i${this.#instances}` : null }
  }

  /** Ends the process. Links end, unless the network is cut too: then nobody hears of it. */
  kill({ silently, forgets }: { readonly silently: boolean; readonly forgets: boolean }): void {
    this.up = false
    this.#lives += 1
    if (!silently) for (const end of this.#asked) end({ kind: 'unanswered', failure: 'closed' })
    this.#asked = new Set()
    this.#underWay = new Map()
    if (forgets || !this.#remembers) this.#memory.clear()
    if (forgets) this.#instances += 1
  }

  /** Asks as a channel does: messages are late, lost or doubled, and it is given up after its time. */
  ask(request: DispatchedCommand, deviceId: string, timeoutMs: number): Promise<Answer<CommandResult>> {
    if (!this.up) return Promise.resolve({ kind: 'unlinked' })
    return new Promise((resolve) => {
      const end = (answer: Answer<CommandResult>): void => {
        this.#asked.delete(end)
        resolve(answer)
      }
      this.#asked.add(end)
      this.#clock.after(timeoutMs, () => end({ kind: 'unanswered', failure: 'timeout' }))
      // Nobody can help a worker that doesn't remember and gets a message twice.
      const copies = this.#chance.happens(this.#weather.loss) ? this.#chance.pick([0, this.#remembers ? 2 : 0]) : 1
      for (let copy = 0; copy < copies; copy += 1) this.#deliver(request, deviceId, end)
    })
  }

  #deliver(request: DispatchedCommand, deviceId: string, end: (answer: Answer<CommandResult>) => void): void {
    const life = this.#lives
    const late = (task: () => void): void => {
      // What is under way to a process that is no more arrives nowhere.
      this.#clock.after(this.#chance.below(50), () => this.#lives === life && task())
    }
    late(() => {
      void this.#run(request, deviceId).then((reply) => {
        if (this.#chance.happens(this.#weather.loss)) return
        late(() => end({ kind: 'ok', reply, sizeBytes: 100 }))
      })
    })
  }

  #run(request: DispatchedCommand, deviceId: string): Promise<CommandResult> {
    const { commandId, repeat } = request
    const underWay = this.#underWay.get(commandId)
    if (underWay !== undefined && this.#remembers) return underWay
    const known = this.#memory.get(commandId)
    if (known !== undefined) return Promise.resolve(known.state === 'ended' ? known.result : unknownFate(commandId))
    if (repeat !== undefined && repeat.instanceId !== this.instance.instanceId)
      return Promise.resolve(unknownFate(commandId))
    const result = this.#touch(commandId, deviceId)
    this.#underWay.set(commandId, result)
    return result
  }

  /** Never resolves if the process ends before the device has answered. */
  #touch(commandId: string, deviceId: string): Promise<CommandResult> {
    const life = this.#lives
    if (this.#remembers) this.#memory.set(commandId, { state: 'started' })
    this.runs.push({ commandId, deviceId, instanceId: this.instance.instanceId })
    return new Promise((resolve) => {
      this.#clock.after(this.#chance.below(this.#weather.deviceMs), () => {
        if (this.#lives !== life) return
        const result: CommandResult = { commandId, status: 'SUCCESS', result: {} }
        if (this.#remembers) this.#memory.set(commandId, { state: 'ended', result })
        this.#underWay.delete(commandId)
        resolve(result)
      })
    })
  }
}

function unknownFate(commandId: string): CommandResult {
  return { commandId, status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' }
}
