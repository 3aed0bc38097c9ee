/**
 * Contains faults of workers, by a circuit for each kind of request to each of them.
 *
 * F3  A worker that doesn't answer costs whoever asks for it a moment and nobody else anything: neither a place in a queue nor a
 *     timeout.
 */
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { ModuleLog } from '../../ports/module-log.ts'
import type { Answer, AskOptions, WorkerAction, WorkerChannel } from '../../ports/worker-channel.ts'
import { apply, type Circuit, type CircuitState, closedCircuit, lapseMs, mayPass } from './machine.ts'

export interface FaultSupervisorPorts {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  readonly random: Random
  readonly log: ModuleLog
  readonly hasSeveralDevices: (workerId: string) => boolean
  /** A circuit of the worker was opened, or closed again. */
  readonly onChange: (workerId: string) => void
  /** A request that was held back may be sent now. */
  readonly onMayPass: (workerId: string) => void
  readonly onOpened: (action: WorkerAction) => void
  readonly onHeldBack: (action: WorkerAction) => void
}

/** What has a circuit. */
interface Subject {
  readonly workerId: string
  readonly action: WorkerAction
}

/** What was sent, and whether it was sent to see if it is answered. */
interface Sent extends Subject {
  readonly isProbe: boolean
}

export class FaultSupervisor {
  readonly #ports: FaultSupervisorPorts
  /** Circuits that aren't as new, by worker and kind of request. */
  readonly #circuits = new Map<string, Map<WorkerAction, Circuit>>()
  /** Cancels what tells that an open circuit's time is over, by worker and kind of request. */
  readonly #timers = new Map<string, () => void>()
  #closed = false

  constructor(ports: FaultSupervisorPorts) {
    this.#ports = ports
  }

  /** The channel, on which requests that a circuit holds back end at once as `unlinked`. */
  guard(channel: WorkerChannel): WorkerChannel {
    return {
      ask: async (workerId, action, payload, options) => {
        const circuit = this.#circuitOf(workerId, action)
        if (!mayPass(circuit, this.#ports.clock.monotonic())) {
          this.#ports.onHeldBack(action)
          return { kind: 'unlinked' }
        }
        const sent = { workerId, action, isProbe: circuit.state === 'OPEN' }
        if (sent.isProbe) this.#put(sent, apply(circuit, { on: 'probe' }))
        const answer = await channel.ask(workerId, action, payload, options)
        this.#note(sent, answer, options)
        return answer
      },
    }
  }

  /** Whether a request may be sent to the worker now. */
  mayPass(workerId: string, action: WorkerAction): boolean {
    return mayPass(this.#circuitOf(workerId, action), this.#ports.clock.monotonic())
  }

  /** There is a newer link to the worker. */
  onLinked(workerId: string): void {
    const at = this.#ports.clock.monotonic()
    for (const [action, circuit] of this.#circuits.get(workerId) ?? []) {
      this.#put({ workerId, action }, apply(circuit, { on: 'relink', at }))
    }
  }

  forget(workerId: string): void {
    for (const action of this.#circuits.get(workerId)?.keys() ?? []) this.#disarm({ workerId, action })
    this.#circuits.delete(workerId)
  }

  close(): void {
    this.#closed = true
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  /** What is held back from the worker, as a sentence without its subject; null if nothing is. */
  problemOf(workerId: string): string | null {
    for (const [action, { state, failures }] of this.#circuits.get(workerId) ?? []) {
      if (state === 'CLOSED') continue
      return `it answers pings but not the last ${failures} requests ${action}; these are held back, but for one now and then, until it answers`
    }
    return null
  }

  /** States of circuits that aren't closed. */
  notClosed(): readonly CircuitState[] {
    const states = [...this.#circuits.values()].flatMap((ofWorker) => [...ofWorker.values()].map(({ state }) => state))
    return states.filter((state) => state !== 'CLOSED')
  }

  #circuitOf(workerId: string, action: WorkerAction): Circuit {
    return this.#circuits.get(workerId)?.get(action) ?? closedCircuit
  }

  #note(sent: Sent, answer: Answer<unknown>, { deviceId, signal }: AskOptions): void {
    const { workerId, action, isProbe } = sent
    const circuit = this.#circuitOf(workerId, action)
    const at = this.#ports.clock.monotonic()
    // Forgotten meanwhile, or answered on the way by another request.
    const isStillProbe = isProbe && circuit.state === 'HALF_OPEN'
    if (answer.kind === 'unlinked' || signal?.aborted === true) {
      if (isStillProbe) this.#put(sent, apply(circuit, { on: 'probeUnsent', at }))
    } else if (answer.kind === 'unanswered') {
      const failure = { at, deviceId: this.#subjectOf(workerId, deviceId), random: this.#ports.random() }
      this.#put(sent, apply(circuit, { on: isStillProbe ? 'probeFailure' : 'failure', failure }))
    } else if (circuit !== closedCircuit) {
      this.#put(sent, apply(circuit, { on: 'answer' }))
    }
  }

  #subjectOf(workerId: string, deviceId: string | undefined): string | null {
    return deviceId !== undefined && this.#ports.hasSeveralDevices(workerId) ? deviceId : null
  }

  #put({ workerId, action }: Subject, circuit: Circuit): void {
    const { log, onChange, onOpened } = this.#ports
    const before = this.#circuitOf(workerId, action)
    const ofWorker = this.#circuits.get(workerId) ?? new Map<WorkerAction, Circuit>()
    if (circuit === closedCircuit) ofWorker.delete(action)
    else ofWorker.set(action, circuit)
    if (ofWorker.size === 0) this.#circuits.delete(workerId)
    else this.#circuits.set(workerId, ofWorker)
    this.#arm({ workerId, action }, circuit)
    if (before.state === circuit.state) return
    const isOpened = before.state === 'CLOSED'
    if (isOpened) {
      onOpened(action)
      log.warn({ workerId, action, failures: circuit.failures }, 'requests to a worker are held back')
    } else if (circuit.state === 'CLOSED') {
      log.info({ workerId, action }, 'requests to a worker are sent again')
    }
    onChange(workerId)
  }

  /** What waits is told when it may go on: nobody else may ask meanwhile. */
  #arm(subject: Subject, { state, openUntil }: Circuit): void {
    this.#disarm(subject)
    if (state !== 'OPEN' || this.#closed) return
    const { clock, onMayPass } = this.#ports
    this.#tellAfter(subject, Math.max(0, openUntil - clock.monotonic()), () => {
      this.#tellAfter(subject, lapseMs, () =>
        this.#put(subject, apply(this.#circuitOf(subject.workerId, subject.action), { on: 'lapse' })),
      )
      onMayPass(subject.workerId)
    })
  }

  #tellAfter(subject: Subject, delayMs: number, tell: () => void): void {
    const cancel = this.#ports.clock.after(delayMs, () => {
      this.#timers.delete(nameOf(subject))
      tell()
    })
    this.#timers.set(nameOf(subject), cancel)
  }

  #disarm(subject: Subject): void {
    this.#timers.get(nameOf(subject))?.()
    this.#timers.delete(nameOf(subject))
  }
}

function nameOf({ workerId, action }: Subject): string {
  return `${action} ${workerId}`
}
