import type { DeviceContract } from '../device-contract.ts'
import { minerHealth, minerTelemetry } from '../miner-snapshot.ts'
import { accessRefused } from '../snapshot.ts'
import { whatsminerCommands } from './commands.ts'
import { whatsminerModels } from './models.ts'

/** What the driver can do with a Whatsminer. */
export function whatsminerContract(model: string | null): DeviceContract {
  return {
    metadata: {
      provider: 'mdk-operator',
      deviceFamily: 'miner',
      brand: 'MicroBT Whatsminer',
      modelsSupported: model === null ? whatsminerModels.map(({ name }) => name) : [model],
      overview:
        'A Bitcoin miner with three or four hash boards, on its TCP API on port 4028. Everybody may read it; commands need its admin password.',
    },
    capabilities: { telemetry: minerTelemetry, commands: whatsminerCommands(model), health: minerHealth, errors },
  }
}

/** Groups of the maker's error codes, and what the driver finds itself. */
const errors: Readonly<Record<string, string>> = {
  '110': 'Intake fan: speed not detected.',
  '111': 'Exhaust fan: speed not detected.',
  '120': 'Intake fan: speed deviates.',
  '121': 'Exhaust fan: speed deviates.',
  '140': 'Fans turn too fast; look at the ambient temperature.',
  '200': 'No power supply found.',
  '202': 'Power supply: output voltage wrong.',
  '203': 'Power supply protects itself; look at the ambient temperature.',
  model_differs: 'The miner is of another model than declared.',
  [accessRefused]: 'The miner can be read but not commanded: its password or its settings must be put right.',
}
