import { problem } from '../../contract/file-problem.ts'
import type { Driver } from '../driver.ts'
import { minerChannels } from '../miner-snapshot.ts'
import { simulatedContract } from './contract.ts'
import { simulatedDevice } from './device.ts'
import { faults, parseFault } from './fault.ts'

/**
 * Miners without hardware. The values follow from device id and time; the device's `options.fault` makes it misbehave (see
 * `fault.ts`); commands change it until the worker's process ends.
 */
export const simulatedDriver: Driver = {
  name: 'simulated',
  models: null,
  contract: simulatedContract,
  channels: minerChannels,
  connect(entry, ports) {
    const fault = parseFault(entry.options['fault'])
    if (fault === null) {
      const known = faults.join(', ')
      return problem('DeviceUnusable', `option fault of device ${entry.id} must be one of ${known}`)
    }
    return { kind: 'ok', value: simulatedDevice(entry, fault, ports) }
  },
}
