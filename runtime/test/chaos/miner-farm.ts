import type { DeviceEntry } from '../../src/contract/device-list.ts'
import { findModel } from '../../src/drivers/whatsminer/models.ts'
import { systemClock } from '../../src/machine/clock.ts'
import { startMinerPort } from '../../src/simulator/miner-port.ts'
import { simulatedWhatsminer } from '../../src/simulator/whatsminer.ts'
import { loopback } from '../net/test-dht.ts'

/** Simulated Whatsminers on the real protocol, in this process, which nobody kills: they outlive everything that commands them. */
export interface MinerFarm {
  readonly devices: readonly DeviceEntry[]
  /** How often each key was executed. */
  readonly ran: ReadonlyMap<string, number>
  close(): Promise<void>
}

const modelName = 'M56S'
/** Some take their time, so that a kill comes while a command is under way. */
const answerMs = [0, 0, 40, 150, 400]

/** What a miner does is booked under the name of the pool's worker that it is told of, or under the command and the device. */
export const keyOf = {
  reboot: (deviceId: string) => `reboot of ${deviceId}`,
  setupPools: (workerName: string) => workerName,
}

export async function openMinerFarm(deviceIds: readonly string[]): Promise<MinerFarm> {
  const ran = new Map<string, number>()
  const miners = await Promise.all(deviceIds.map((deviceId, at) => openMiner(deviceId, at, ran)))
  return {
    devices: miners.map(({ entry }) => entry),
    ran,
    async close() {
      await Promise.all(miners.map(({ port }) => port.close()))
    },
  }
}

async function openMiner(deviceId: string, at: number, ran: Map<string, number>) {
  const model = findModel(modelName)
  if (model === undefined) throw new Error(`there is no model ${modelName}`)
  const book = (key: string) => ran.set(key, (ran.get(key) ?? 0) + 1)
  const miner = simulatedWhatsminer(at + 1, model, systemClock, {
    onObeyed: ({ worker1 }) => book(typeof worker1 === 'string' ? keyOf.setupPools(worker1) : keyOf.reboot(deviceId)),
  })
  const slowMs = answerMs[at % answerMs.length] ?? 0
  miner.change({ restartMs: 0, ...(slowMs > 0 && { fault: 'slow', slowMs }) })
  const port = await startMinerPort(miner, { host: loopback, port: 0, clock: systemClock })
  const entry: DeviceEntry = {
    id: deviceId,
    driver: 'miner-whatsminer',
    model: modelName,
    address: loopback,
    port: port.port,
    options: {},
    credentials: {},
  }
  return { entry, port }
}
