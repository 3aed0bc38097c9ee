import type { Driver } from './driver.ts'

/** Every driver by name. Each is loaded when it is wanted: a worker needs one of them. */
export const drivers: Readonly<Record<string, () => Promise<Driver>>> = {
  'miner-whatsminer': async () => (await import('./whatsminer/driver.ts')).whatsminerDriver,
  simulated: async () => (await import('./simulated/driver.ts')).simulatedDriver,
}

/** The driver, or null if there is none of that name. */
export async function loadDriver(name: string): Promise<Driver | null> {
  const load = Object.hasOwn(drivers, name) ? drivers[name] : undefined
  return load === undefined ? null : load()
}
