import type { DeviceEntry } from '../../contract/device-list.ts'
import { withDeadline } from '../deadline.ts'
import { DeviceError } from '../device-error.ts'
import type { Device, DriverPorts } from '../driver.ts'
import type { Json, JsonObject } from '../json.ts'
import { oneAtATime, type TurnLimits } from '../one-at-a-time.ts'
import { type Pool, parsePools } from '../pools.ts'
import type { Snapshot } from '../snapshot.ts'
import { conductOf, type Fault, slowMs } from './fault.ts'
import {
  type MinerDesign,
  type MinerSettings,
  type MinerState,
  powerModes,
  readMiner,
  rebooted,
  untouchedMiner,
  withSettings,
} from './miner-model.ts'
import { simulatedSnapshot } from './snapshot.ts'

/** How long a simulated miner is away after `reboot`. */
export const rebootMs = 10_000

const design: MinerDesign = { nominalMhs: 120_000_000, nominalPowerW: 3_400, cooling: 'air', boards: 3 }

/** What was done to the device; forgotten with the process, as nothing of it is written down. */
interface Done {
  /** Null while the miner is as it came. */
  readonly state: MinerState | null
  readonly ledOn: boolean
  readonly pools: readonly Pool[]
}

/** A miner that exists in this process only. */
export function simulatedDevice(entry: DeviceEntry, fault: Fault, ports: DriverPorts): Device {
  const closed = new AbortController()
  const inTurn = oneAtATime(ports.clock)
  let done: Done = {
    state: null,
    ledOn: false,
    pools: [{ url: 'stratum+tcp://pool.example:3333', username: `mdk.${entry.id}` }],
  }
  const now = () => ports.clock.now()
  const stateNow = () => done.state ?? untouchedMiner(entry.id, now(), fault === 'overheating')
  const call = <Result>(task: () => Result, limits: TurnLimits = {}) =>
    inTurn(
      () =>
        withDeadline(ports.clock, ports.timeoutMs, closed.signal, async (signal) => {
          await exchange(conductOf(fault, now()), ports, signal)
          if (now() < stateNow().bootedAt) throw new DeviceError('unreachable', 'the simulated miner is starting')
          return task()
        }),
      limits,
    )
  return {
    read: () =>
      call((): Snapshot => {
        const state = stateNow()
        return simulatedSnapshot({ ...done, design, state, model: entry.model, fault }, readMiner(design, state, now()))
      }),
    execute: (command, params, limits) =>
      call((): Json => {
        const [after, result] = obey({ ...done, state: stateNow() }, now(), command, params)
        done = after
        return result
      }, limits),
    close() {
      if (!closed.signal.aborted) closed.abort(new DeviceError('closed', 'the device was closed'))
      return Promise.resolve()
    },
  }
}

/** What stands for the connection to the device. */
async function exchange(
  conduct: ReturnType<typeof conductOf>,
  { clock }: DriverPorts,
  signal: AbortSignal,
): Promise<void> {
  if (conduct === 'unreachable') throw new DeviceError('unreachable', 'the simulated miner is set to be offline')
  if (conduct === 'slow') await clock.sleep(slowMs, signal)
  if (conduct === 'silent') await ended(signal)
  if (conduct === 'garbage') throw new DeviceError('protocol', 'the simulated miner is set to answer garbage')
  signal.throwIfAborted()
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

type Obeyed = readonly [Done, Json]

/** Does what a command says to a device whose state is made definite. */
function obey(before: Done & { readonly state: MinerState }, now: number, command: string, params: JsonObject): Obeyed {
  const set = (change: Partial<MinerSettings>, result: JsonObject): Obeyed => [
    { ...before, state: withSettings(design, before.state, now, change) },
    result,
  ]
  switch (command) {
    case 'reboot':
      return [{ ...before, state: rebooted(before.state, now, rebootMs) }, { rebooting: true }]
    case 'setPowerMode': {
      const powerMode = powerModes.find((mode) => mode === params['mode'])
      if (powerMode === undefined) throw new DeviceError('refused', 'the simulated miner has no such power mode')
      return set({ powerMode }, { mode: powerMode })
    }
    case 'setPowerPct': {
      const powerPct = Number(params['pct'])
      return set({ powerPct }, { pct: powerPct })
    }
    case 'setLED':
      return [{ ...before, ledOn: params['enabled'] === true }, { enabled: params['enabled'] === true }]
    case 'setupPools': {
      const pools = parsePools(params['pools'] ?? null)
      if (pools.kind === 'problem') throw new DeviceError('refused', pools.message)
      const shown = pools.value.map(({ url, username }) => ({ url, username }))
      return [{ ...before, pools: shown }, { pools: shown.map(({ url }) => url) }]
    }
    default:
      throw new DeviceError('unsupported', `a simulated miner has no command ${command}`)
  }
}
