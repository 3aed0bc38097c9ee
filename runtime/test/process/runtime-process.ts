import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import { processEnv } from './process-env.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A runtime process with its log. */
export interface RuntimeProcess {
  readonly child: ChildProcess
  /** The log so far, a parsed line each. */
  readonly lines: Record<string, unknown>[]
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

/** Starts `main.ts` on the folders below `dir`. Whoever starts it kills it. */
export function startProcess(dir: string, env: Readonly<Record<string, string>>): RuntimeProcess {
  const child = spawn(process.execPath, [main], {
    env: { ...processEnv, MDK_CONFIG_DIR: dir, MDK_STATE_DIR: dir, POD_IP: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: Record<string, unknown>[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\n')
    rest = texts.pop() ?? ''
    for (const text of texts) lines.push(JSON.parse(text) as Record<string, unknown>)
  })
  return { child, lines, ended: once(child, 'close').then(([code]) => code as number | null) }
}

/** The port that probes, metrics and status got. */
export async function statusPortOf({ lines }: RuntimeProcess): Promise<string> {
  const find = () => lines.find(({ statusPort }) => statusPort !== undefined)?.['statusPort']
  await vi.waitFor(() => expect(find()).toBeTypeOf('number'), { timeout: 30_000 })
  return String(find())
}
