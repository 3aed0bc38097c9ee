import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { errorCodes } from '../contract/error-codes.ts'
import { registrationStates } from '../contract/status.ts'
import type { Answer, WorkerAction } from './ports/worker-channel.ts'

/** What is counted when metrics are read. */
export interface OrkCounts {
  /** State of each worker. */
  readonly states: () => readonly (typeof registrationStates)[number][]
  readonly devices: () => number
  readonly unhealthyDevices: () => number
  readonly strangers: () => number
}

export interface OrkMetrics {
  readonly onDial: (result: 'linked' | 'failed') => void
  readonly onAnswer: (action: WorkerAction, kind: Answer<unknown>['kind'], seconds: number) => void
  readonly onPingLost: () => void
  /** `error` as it is told: what is no code of ours is counted as `other`. */
  readonly onCommandEnd: (result: 'SUCCESS' | 'FAILED' | 'REJECTED', error: string | null) => void
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
  return {
    onDial: (result) => dials.inc({ result }),
    onAnswer: (action, result, seconds) => requests.observe({ action, result }, seconds),
    onPingLost: () => pingsLost.inc(),
    onCommandEnd: (result, error) => commands.inc({ result, code: error === null ? '' : codeOf(error) }),
  }
}

/** What comes from callers and workers is no label: there would be no end of them. */
function codeOf(error: string): string {
  const [code = ''] = /^[A-Z_]+/.exec(error) ?? []
  return Object.hasOwn(errorCodes, code) ? code : 'other'
}

function addGauges(registry: Registry, { states, devices, unhealthyDevices, strangers }: OrkCounts): void {
  const registers = [registry]
  new Gauge({
    name: 'mdk_ork_workers',
    help: 'Workers of the site by the state of their registration.',
    labelNames: ['state'],
    registers,
    collect() {
      const current = states()
      for (const state of registrationStates) this.set({ state }, current.filter((each) => each === state).length)
    },
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
  gauge('mdk_ork_devices', 'Devices in the registry.', devices)
  gauge('mdk_ork_unhealthy_devices', 'Devices that their driver cannot reach or that report a fault.', unhealthyDevices)
  gauge('mdk_ork_strangers', 'Processes that announce the topic and are not of the site.', strangers)
}
