import type { SimulatorConfig } from '../config.ts'
import { findModel, type WhatsminerModel, whatsminerModels } from '../drivers/whatsminer/models.ts'
import { systemClock } from '../machine/clock.ts'
import { opening } from '../machine/resource.ts'
import type { ProgramPorts } from '../process/program.ts'
import { type OpenMiner, startSimulatorHttp } from './http.ts'
import { startMinerPort } from './miner-port.ts'
import { simulatedWhatsminer } from './whatsminer.ts'

/** A simulator that runs. */
export interface RunningSimulator {
  /** TCP port of the HTTP view. */
  readonly statusPort: number
  /** TCP port of each miner, the first one's first. */
  readonly ports: readonly number[]
  close(): Promise<void>
}

/**
 * Many Whatsminers that speak the real protocol, each on a TCP port of its own from `config.port` up (port 0: any free ones).
 * A tool for demonstrations and tests: it has no key, joins no site and protects nothing.
 */
export function startSimulator(
  config: SimulatorConfig,
  { log, registry, clock = systemClock }: ProgramPorts,
): Promise<RunningSimulator> {
  return opening(async (resources) => {
    const miners: OpenMiner[] = []
    for (let index = 1; index <= config.count; index += 1) {
      const miner = simulatedWhatsminer(index, modelOf(config, index), clock)
      const port = config.port === 0 ? 0 : config.port + index - 1
      miners.push({ miner, port: resources.add(await startMinerPort(miner, { host: '0.0.0.0', port, clock })) })
    }
    const http = resources.add(await startSimulatorHttp({ port: config.statusPort, miners, registry }))
    const ports = miners.map(({ port }) => port.port)
    log.info({ count: config.count, firstPort: ports[0], statusPort: http.port }, 'simulator listens')
    return { statusPort: http.port, ports, close: () => resources.close() }
  })
}

/** The model of a simulator that has one; all models in turn where it has none. */
function modelOf({ model }: SimulatorConfig, index: number): WhatsminerModel {
  const found = model === null ? whatsminerModels[(index - 1) % whatsminerModels.length] : findModel(model)
  if (found === undefined) throw new Error(`there is no Whatsminer model ${model ?? ''}`)
  return found
}
