import type { Clock } from '../machine/clock.ts'
import { type CommandRecord, isEnded } from '../protocol/payloads.ts'

export interface CommandWaitersPorts {
  readonly clock: Pick<Clock, 'after'>
  readonly find: (commandId: string) => CommandRecord | undefined
  /** How many may wait. */
  readonly limit?: number
}

/** A caller waits no longer than this for one answer; it may ask again. */
export const maxWaitMs = 20_000
const maxWaiting = 10_000

/** Ends a wait, with the command if it has ended. */
type LetGo = (record: CommandRecord | null) => void

/** Callers that wait for commands to end, so that nobody has to ask again and again. */
export class CommandWaiters {
  readonly #ports: CommandWaitersPorts
  /** By command, what lets those go that wait for it. */
  readonly #waiting = new Map<string, Set<LetGo>>()
  #count = 0
  #closed = false

  constructor(ports: CommandWaitersPorts) {
    this.#ports = ports
  }

  /** The command as it is when it has ended or the time is over; as it is now if too many wait already. */
  async follow(commandId: string, waitMs: number): Promise<CommandRecord | undefined> {
    const { find, limit = maxWaiting } = this.#ports
    const found = find(commandId)
    if (waitMs <= 0 || found === undefined || isEnded(found.status)) return found
    if (this.#closed || this.#count >= limit) return found
    return (await this.#wait(commandId, Math.min(waitMs, maxWaitMs))) ?? find(commandId)
  }

  onEnd(record: CommandRecord): void {
    for (const letGo of [...(this.#waiting.get(record.commandId) ?? [])]) letGo(record)
  }

  /** Lets everybody go. */
  close(): void {
    this.#closed = true
    for (const waiting of [...this.#waiting.values()]) for (const letGo of [...waiting]) letGo(null)
  }

  #wait(commandId: string, waitMs: number): Promise<CommandRecord | null> {
    return new Promise((resolve) => {
      const letGo: LetGo = (record) => {
        cancel()
        this.#remove(commandId, letGo)
        resolve(record)
      }
      const cancel = this.#ports.clock.after(waitMs, () => letGo(null))
      this.#add(commandId, letGo)
    })
  }

  #add(commandId: string, letGo: LetGo): void {
    const waiting = this.#waiting.get(commandId)
    if (waiting === undefined) this.#waiting.set(commandId, new Set([letGo]))
    else waiting.add(letGo)
    this.#count += 1
  }

  #remove(commandId: string, letGo: LetGo): void {
    const waiting = this.#waiting.get(commandId)
    if (waiting?.delete(letGo) !== true) return
    this.#count -= 1
    if (waiting.size === 0) this.#waiting.delete(commandId)
  }
}
