/** The command `mdk` of the image: what a person runs beside the program of a pod. */
import { parseArgs } from 'node:util'
import { ConfigError, parseConfig } from './config.ts'
import { doctorExitCode, runDoctor } from './doctor/app.ts'

const usage = `mdk doctor [--json]

Says whether the process of this pod finds whom it should and is found, and if not, why and what to do.
Ends with 0 when no problem was found, with 1 when one was, with 2 when it could not look.`

async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  if (positionals.join(' ') !== 'doctor') return refuse(usage)
  const config = parseConfig(process.env)
  if (config.service === 'simulator' || config.service === 'site')
    return refuse(`a ${config.service} is on no DHT: there is nothing to look at`)
  if (config.sharedDir !== undefined)
    return refuse(`this process finds others in the folder ${config.sharedDir}, not on a DHT: look there`)
  return runDoctor(config, { json: values.json, write: (text) => process.stdout.write(`${text}\n`) })
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`)
  return doctorExitCode.cannotRun
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return `the environment is not that of a runtime process: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}

// A name server that doesn't answer would hold the process for as long as the system waits for it.
process.exit(await main(process.argv.slice(2)).catch((error: unknown) => refuse(explain(error))))
