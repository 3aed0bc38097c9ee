import { Registry } from 'prom-client'
import { expect } from 'vitest'
import type { DeviceEntry } from '../../src/contract/device-list.ts'
import { silentLog } from '../../src/log.ts'
import { type Clock, systemClock } from '../../src/machine/clock.ts'
import { type RunningSimulator, startSimulator } from '../../src/simulator/app.ts'
import { loopback } from '../net/test-dht.ts'

/** Whatsminers of a model (null: all models in turn), on ports of their own. */
export function openSimulator(
  model: string | null,
  { count = 1, clock = systemClock }: { readonly count?: number; readonly clock?: Clock } = {},
): Promise<RunningSimulator> {
  return startSimulator(
    {
      service: 'simulator',
      configDir: '/nowhere',
      stateDir: '/nowhere',
      statusPort: 0,
      logLevel: 'error',
      driver: 'miner-whatsminer',
      model,
      port: 0,
      count,
    },
    { log: silentLog, registry: new Registry(), clock },
  )
}

/** What the simulator shows of a miner. */
export type View = { summary: Record<string, number | string | boolean>; port: number; [field: string]: unknown }

/** Does something to the n-th miner of a simulator. */
export async function change(simulator: RunningSimulator, n: number, body: object): Promise<View> {
  const url = `http://${loopback}:${simulator.statusPort}/v1/devices/${n}`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  expect(response.status).toBe(200)
  return (await response.json()) as View
}

export async function show(simulator: RunningSimulator, n: number): Promise<View> {
  const response = await fetch(`http://${loopback}:${simulator.statusPort}/v1/devices/${n}`)
  return (await response.json()) as View
}

/** The entry of a simulated miner in a device list. */
export function whatsminerEntry(port: number, given: Partial<DeviceEntry> = {}): DeviceEntry {
  return {
    id: 'rack-a.wm-01',
    driver: 'miner-whatsminer',
    model: 'M56S',
    address: 'localhost',
    port,
    options: {},
    credentials: {},
    ...given,
  }
}
