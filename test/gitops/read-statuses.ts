import { join } from 'node:path'
import { runCommand } from '../e2e/cluster/command.ts'
import { ensureTestProgram } from '../e2e/cluster/programs.ts'
import { terminalProgress } from '../e2e/cluster/progress.ts'

/** A hook that builds the readers may take minutes, the first time. */
export const buildWithinMs = 600_000

const root = join(import.meta.dirname, '../..')

/** What one tool makes of an object. */
export interface Reading {
  readonly status: string
  readonly message: string
}

export interface Readings {
  /** Flux and Helm. */
  readonly kstatus: Reading
  /** Argo CD with our rule, which doesn't speak of objects that are being deleted. */
  readonly argocd: Reading
}

/** Path of the program that holds kstatus, and Lua as Argo CD runs it. */
export function prepareReaders(): Promise<string> {
  return ensureTestProgram(join(import.meta.dirname, 'status-readers'), terminalProgress())
}

/** Reads objects, as the API server gives them, with each tool. */
export async function readStatuses(objects: readonly object[]): Promise<readonly Readings[]> {
  const config = join(root, 'manifests/argocd/argocd-cm.yaml')
  const input = objects.map((object) => `${JSON.stringify(object)}\n`).join('')
  const { stdout } = await runCommand(await prepareReaders(), [config], { input, timeoutMs: 60_000 })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Readings)
}
