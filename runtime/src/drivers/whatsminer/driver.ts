import { problem } from '../../contract/file-problem.ts'
import type { Driver } from '../driver.ts'
import { minerChannels } from '../miner-snapshot.ts'
import { whatsminerPort } from './codes.ts'
import { whatsminerContract } from './contract.ts'
import { whatsminerDevice } from './device.ts'
import { findModel, whatsminerModels } from './models.ts'
import { createWriter } from './writer.ts'

/**
 * MicroBT Whatsminers over their TCP API. Commands need `credentials.password`, the miner's admin password; without, that of the
 * factory is used.
 */
export const whatsminerDriver: Driver = {
  name: 'miner-whatsminer',
  models: whatsminerModels.map((model) => model.name),
  contract: whatsminerContract,
  channels: minerChannels,
  connect(entry, ports) {
    if (entry.address === null)
      return problem('DeviceUnusable', `device ${entry.id} has no address; a Whatsminer needs one`)
    const model = entry.model === null ? undefined : findModel(entry.model)
    if (model === undefined) {
      const known = whatsminerModels.map(({ name }) => name).join(', ')
      return problem('DeviceUnusable', `device ${entry.id} has model ${entry.model ?? '(none)'}; give one of ${known}`)
    }
    const target = { host: entry.address, port: entry.port ?? whatsminerPort }
    const writer = createWriter({
      deviceId: entry.id,
      target,
      password: entry.credentials['password'] ?? null,
      clock: ports.clock,
    })
    return { kind: 'ok', value: whatsminerDevice({ target, model, writer }, ports) }
  },
}
