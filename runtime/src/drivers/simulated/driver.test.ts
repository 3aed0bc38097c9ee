import type { DeviceEntry } from '../../contract/device-list.ts'
import { systemClock } from '../../machine/clock.ts'
import { type DriverBench, driverSuite, type Misconduct } from '../driver-suite.ts'
import { rebootMs } from './device.ts'
import { simulatedDriver } from './driver.ts'

const entry = (fault: Misconduct): DeviceEntry => ({
  id: 'rack-1.miner-1',
  driver: 'simulated',
  model: null,
  address: null,
  port: null,
  options: { fault },
  credentials: {},
})

driverSuite('simulated', (): Promise<DriverBench> => {
  let aheadMs = 0
  return Promise.resolve({
    driver: simulatedDriver,
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
    entry: (misconduct) => Promise.resolve(entry(misconduct)),
    async restart(device) {
      await device.execute('reboot', {})
      return {
        back() {
          aheadMs += rebootMs
          return Promise.resolve()
        },
      }
    },
    params: {
      reboot: {},
      setPowerMode: { mode: 'low' },
      setPowerPct: { pct: 50 },
      setLED: { enabled: true },
      setupPools: { pools: [{ url: 'stratum+tcp://pool.example:3333', worker_name: 'a', worker_password: 'x' }] },
    },
    connections: () => null,
    close: () => Promise.resolve(),
  })
})
