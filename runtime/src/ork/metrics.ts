import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { errorCodes } from '../contract/error-codes.ts'
import { healthStates, registrationStates } from '../contract/status.ts'
import { type CircuitState, circuitStates } from './modules/fault-supervisor/machine.ts'
import type { Answer, WorkerAction } from './ports/worker-channel.ts'

export interface CommandCounts {
  /** Commands that wait for their worker or device. */
  readonly waiting: number
  /** Those that were sent and aren't answered. */
  readonly inFlight: number
  /** Those that have ended and are remembered. */
  readonly ended: number
}

/** What is counted when metrics are read. */
export interface OrkCounts {
  /** State of each worker. */
  readonly states: () => readonly (typeof registrationStates)[number][]
  /** Health of each worker. */
  readonly healths: () => readonly (typeof healthStates)[number][]
  readonly devices: () => number
  readonly unhealthyDevices: () => number
  readonly strangers: () => number
  /** States of circuits that aren't closed. */
  readonly circuits: () => readonly CircuitState[]
  readonly commands: () => CommandCounts
}

export interface OrkMetrics {
  readonly onDial: (result: 'linked' | 'failed') => void
  readonly onAnswer: (action: WorkerAction, kind: Answer<unknown>['kind'], seconds: number) => void
  readonly onPingLost: () => void
  readonly onCommandRetry: () => void
  /** From a command's acceptance to its end. */
  readonly onCommandTime: (seconds: number) => void
  /** `error` as it is told: what is no code of ours is counted as `other`. */
  readonly onCommandEnd: (result: 'SUCCESS' | 'FAILED' | 'REJECTED', error: string | null) => void
  readonly onCircuitOpened: (action: WorkerAction) => void
  readonly onHeldBack: (action: WorkerAction) => void
  readonly onTurn: (job: string, seconds: number, result: 'done' | 'crashed') => void
  readonly onSkipped: (job: string, turns: number) => void
}

export function createOrkMetrics(registry: Registry, counts: OrkCounts): OrkMetrics {
  addGauges(registry, counts)
  const registers = [registry]
  const dials = new Counter({
    name: 'mdk_ork_dials_total',
    help: 'Dials to workers by result.',
    labelNames: ['result'],
    registers,
  })
  const pingsLost = new Counter({
    name: 'mdk_ork_pings_lost_total',
    help: 'Pings that a worker did not answer in time.',
    registers,
  })
  const requests = new Histogram({
    name: 'mdk_ork_worker_request_seconds',
    help: 'Time until a worker has answered, or its answer was given up, by action and how it ended.',
    labelNames: ['action', 'result'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const commands = new Counter({
    name: 'mdk_ork_commands_total',
    help: 'Commands by how they ended: SUCCESS, FAILED or REJECTED, the latter two with the code.',
    labelNames: ['result', 'code'],
    registers,
  })
  const retries = new Counter({
    name: 'mdk_ork_command_retries_total',
    help: 'Commands that were sent again because no answer came, where that cannot run them twice.',
    registers,
  })
  const times = new Histogram({
    name: 'mdk_ork_command_seconds',
    help: 'Time from the acceptance of a command to its end.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registers,
  })
  return {
    onDial: (result) => dials.inc({ result }),
    onAnswer: (action, result, seconds) => requests.observe({ action, result }, seconds),
    onPingLost: () => pingsLost.inc(),
    onCommandRetry: () => retries.inc(),
    onCommandTime: (seconds) => times.observe(seconds),
    onCommandEnd: (result, error) => commands.inc({ result, code: error === null ? '' : codeOf(error) }),
    ...supervisionMetrics(registry),
  }
}

type SupervisionMetrics = Pick<OrkMetrics, 'onCircuitOpened' | 'onHeldBack' | 'onTurn' | 'onSkipped'>

function supervisionMetrics(registry: Registry): SupervisionMetrics {
  const registers = [registry]
  const opened = new Counter({
    name: 'mdk_ork_circuits_opened_total',
    help: 'How often requests of a kind to a worker were held back, as several in a row had not been answered.',
    labelNames: ['action'],
    registers,
  })
  const heldBack = new Counter({
    name: 'mdk_ork_requests_held_back_total',
    help: 'Requests that were not sent as their circuit was open.',
    labelNames: ['action'],
    registers,
  })
  const turns = new Histogram({
    name: 'mdk_ork_job_turn_seconds',
    help: 'Time of one turn of a job, by job and how it ended: done, or crashed (a bug; the log has it).',
    labelNames: ['job', 'result'],
    buckets: [0.001, 0.01, 0.1, 1, 10],
    registers,
  })
  const skipped = new Counter({
    name: 'mdk_ork_job_turns_skipped_total',
    help: 'Turns of a job that were due and left out, as the one before took too long or ORK was held up.',
    labelNames: ['job'],
    registers,
  })
  return {
    onCircuitOpened: (action) => opened.inc({ action }),
    onHeldBack: (action) => heldBack.inc({ action }),
    onTurn: (job, seconds, result) => turns.observe({ job, result }, seconds),
    onSkipped: (job, count) => skipped.inc({ job }, count),
  }
}

/** What comes from callers and workers is no label: there would be no end of them. */
function codeOf(error: string): string {
  const [code = ''] = /^[A-Z_]+/.exec(error) ?? []
  return Object.hasOwn(errorCodes, code) ? code : 'other'
}

interface Labelled {
  readonly label: string
  /** Every value that the label may have. */
  readonly values: readonly string[]
  /** The value of each that is counted. */
  readonly each: () => readonly string[]
}

function addGauges(registry: Registry, counts: OrkCounts): void {
  const registers = [registry]
  const gaugeBy = (name: string, help: string, { label, values, each }: Labelled) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        const current = each()
        for (const value of values) this.set({ [label]: value }, current.filter((found) => found === value).length)
      },
    })
  gaugeBy('mdk_ork_workers', 'Workers of the site by the state of their registration.', {
    label: 'state',
    values: registrationStates,
    each: counts.states,
  })
  gaugeBy('mdk_ork_workers_by_health', 'Workers of the site by what pings say of them.', {
    label: 'health',
    values: healthStates,
    each: counts.healths,
  })
  gaugeBy('mdk_ork_circuits', 'Circuits that are not closed, one a worker and kind of request, by state.', {
    label: 'state',
    values: circuitStates.filter((state) => state !== 'CLOSED'),
    each: counts.circuits,
  })
  const gauge = (name: string, help: string, count: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(count())
      },
    })
  }
  gauge('mdk_ork_devices', 'Devices in the registry.', counts.devices)
  gauge(
    'mdk_ork_unhealthy_devices',
    'Devices that their driver cannot reach or has not read yet, or that report a fault.',
    counts.unhealthyDevices,
  )
  gauge('mdk_ork_strangers', 'Processes that announce the topic and are not of the site.', counts.strangers)
  const commands = (which: keyof CommandCounts) => () => counts.commands()[which]
  gauge('mdk_ork_commands_waiting', 'Commands that wait for their worker or device.', commands('waiting'))
  gauge('mdk_ork_commands_in_flight', 'Commands that were sent and are not answered.', commands('inFlight'))
  gauge('mdk_ork_commands_remembered', 'Commands that have ended and can still be asked for.', commands('ended'))
}
