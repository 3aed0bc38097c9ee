import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import type { Diagnosis } from '../../../runtime/src/contract/index.ts'
import { kubectlProgram, placeOf } from '../../../scripts/site/kubectl.ts'
import { forward } from './app-node.ts'
import { get, run } from './kube.ts'

export interface DoctorReport {
  /** How `mdk doctor` ended in the container. */
  readonly exitCode: number | null
  readonly diagnosis: Diagnosis | null
  readonly checks: readonly { readonly name: string; readonly result: string }[]
}

/** Runs `mdk doctor` in a pod of a workload, such as `deploy/my-ork`. */
export async function examine(namespace: string, workload: string): Promise<DoctorReport> {
  const place = placeOf({ kubeconfig: inject('kubeconfig'), context: inject('context') })
  const command = ['-n', namespace, 'exec', workload, '--', 'mdk', 'doctor', '--json']
  const child = spawn(await kubectlProgram(), [...place, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  if (stdout === '') throw new Error(`mdk doctor in ${workload} said nothing: ${stderr}`)
  return { exitCode, ...(JSON.parse(stdout) as Omit<DoctorReport, 'exitCode'>) }
}

/** The diagnosis in the status that a process serves itself. */
export async function ownDiagnosis(namespace: string, site: string, workload: string): Promise<Diagnosis | null> {
  const secret = await get(namespace, 'secret', `${site}-admin`)
  const token = Buffer.from(secret?.data?.['token'] ?? '', 'base64').toString()
  const { url, close } = await forward(namespace, workload, 8080)
  try {
    const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${token}` } })
    const status = (await response.json()) as {
      diagnosis?: Diagnosis | null
      detail?: { diagnosis?: Diagnosis | null }
    }
    return status.diagnosis ?? status.detail?.diagnosis ?? null
  } finally {
    close()
  }
}

export interface LoggedDiagnosis {
  readonly code: string
  /** From the first line that the process logged. */
  readonly afterMs: number
}

/** The first diagnosis in the log of a workload's pod; undefined while there is none. */
export async function loggedDiagnosis(namespace: string, workload: string): Promise<LoggedDiagnosis | undefined> {
  const log = await run(['-n', namespace, 'logs', workload])
  const lines = log.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, string>]))
  const found = lines.find(({ msg }) => msg === 'discovery is impaired')
  if (found === undefined) return undefined
  return { code: found['code'] ?? '', afterMs: timeOf(found) - timeOf(lines[0]) }
}

function timeOf(line: Record<string, string> | undefined): number {
  return Date.parse(line?.['time'] ?? '')
}
