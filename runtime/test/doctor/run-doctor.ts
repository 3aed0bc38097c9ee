import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '../../src/config.ts'
import type { Diagnosis } from '../../src/contract/diagnosis.ts'
import { runDoctor } from '../../src/doctor/app.ts'

const mdk = fileURLToPath(new URL('../../src/mdk.ts', import.meta.url))

type Env = Readonly<Record<string, string | undefined>>

export interface MdkRun {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command `mdk` in an environment, as `kubectl exec` does. */
export async function runMdk(args: readonly string[], env: Env): Promise<MdkRun> {
  const child = spawn(process.execPath, [mdk, ...args], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { exitCode: child.exitCode, stdout, stderr }
}

/** What `mdk doctor --json` prints, as it is and parsed, and how it ends. */
export interface Report {
  readonly exitCode: number
  readonly printed: string
  readonly healthy: boolean
  readonly diagnosis: Diagnosis | null
  readonly checks: readonly { readonly name: string; readonly result: string; readonly why?: string }[]
}

/** `mdk doctor --json` without a process of its own. */
export async function examineWith(env: Env): Promise<Report> {
  const config = parseConfig(env)
  if (config.service === 'simulator' || config.service === 'site') throw new Error('it is not examined')
  let printed = ''
  const exitCode = await runDoctor(config, { json: true, write: (line) => (printed += line) })
  return { exitCode, printed, ...(JSON.parse(printed) as Omit<Report, 'exitCode' | 'printed'>) }
}
