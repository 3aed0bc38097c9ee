import type { DeviceContract } from '../device-contract.ts'
import { minerHealth, minerTelemetry } from '../miner-snapshot.ts'
import { powerModes } from './miner-model.ts'

export const simulatedErrors = {
  hash_board_lost: 'A hash board does not answer.',
  over_temperature: 'Chips are too hot; the miner has throttled itself.',
} as const

/** What a simulated miner can do. */
export function simulatedContract(model: string | null): DeviceContract {
  return {
    metadata: {
      provider: 'mdk-operator',
      deviceFamily: 'miner',
      brand: 'Simulated',
      modelsSupported: model === null ? [] : [model],
      overview:
        'A miner that exists in this process only: for demonstrations and tests. Its values are reproducible; it obeys commands.',
    },
    capabilities: {
      telemetry: minerTelemetry,
      commands: [
        {
          name: 'reboot',
          description: 'Restarts the miner: it is away for some seconds.',
          idempotent: false,
          params: [],
        },
        {
          name: 'setPowerMode',
          description: 'Sets how much power the miner takes; sleep stops hashing.',
          idempotent: true,
          params: [{ name: 'mode', type: 'string', required: true, enum: powerModes }],
        },
        {
          name: 'setPowerPct',
          description: 'Sets a part of the power that the mode allows, in percent.',
          idempotent: true,
          params: [{ name: 'pct', type: 'number', required: true, min: 0, max: 100 }],
        },
        {
          name: 'setLED',
          description: 'Switches the locator light.',
          idempotent: true,
          params: [{ name: 'enabled', type: 'boolean', required: true }],
        },
        {
          name: 'setupPools',
          description:
            'Replaces the pools: one to three of {url, worker_name, worker_password}, the first is used first.',
          idempotent: true,
          params: [{ name: 'pools', type: 'object', required: true }],
        },
      ],
      health: minerHealth,
      errors: simulatedErrors,
    },
  }
}
