import packageJson from '../package.json' with { type: 'json' }
import { type Config, ConfigError, parseConfig } from './config.ts'
import { createLog, logField } from './log.ts'
import { exitCode, runUntilStopped, type Stoppable } from './process/lifecycle.ts'
import { createRegistry } from './process/metrics.ts'
import type { ProgramPorts } from './process/program.ts'

/** Starts the program that SERVICE names. Programs are loaded when chosen, so that each process holds its own only. */
async function start(config: Config, ports: ProgramPorts): Promise<Stoppable> {
  switch (config.service) {
    case 'dht':
      return (await import('./dht/app.ts')).startDht(config, ports)
    case 'ork':
      return (await import('./ork/app.ts')).startOrk(config, ports)
    case 'worker':
      return (await import('./worker/app.ts')).startWorker(config, ports)
    case 'app-node':
      return (await import('./app-node/app.ts')).startAppNode(config, ports)
    case 'site':
      return (await import('./site/app.ts')).startSite(config, ports)
    case 'simulator':
      return (await import('./simulator/app.ts')).startSimulator(config, ports)
  }
}

function readConfig(): Config | null {
  try {
    return parseConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    createLog({ level: 'info', service: 'mdk' }).fatal({ problem: error.message }, 'cannot run as configured')
    return null
  }
}

async function main(): Promise<number> {
  const config = readConfig()
  if (config === null) return exitCode.misconfigured
  const { service, logLevel: level } = config
  const fields = config.service === 'worker' ? { [logField.workerId]: config.workerId, rack: config.rack } : {}
  const log = createLog({ level, service, fields })
  const registry = createRegistry(service, packageJson.version)
  const exit = (code: number): void => process.exit(code)
  return runUntilStopped((stop) => start(config, { log, registry, stop }), { log, signals: process, exit })
}

process.exit(await main())
