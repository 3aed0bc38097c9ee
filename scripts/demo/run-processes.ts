import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DemoProcess } from './demo-site.ts'

/** Processes that run until one ends by itself or all are stopped. */
export interface RunningProcesses {
  /** Resolves when one has ended by itself: a sentence with the end of its log. */
  readonly failed: Promise<string>
  /** SIGTERM for each, and what they ended with. */
  stop(): Promise<readonly { readonly name: string; readonly code: number | null }[]>
}

const main = join(import.meta.dirname, '../../runtime/src/main.ts')

/** Starts them all at once; each logs into a file of its name in `dir`. */
export function runProcesses(processes: readonly DemoProcess[], dir: string): RunningProcesses {
  const { promise: failed, resolve } = Promise.withResolvers<string>()
  let stopping = false
  const running = processes.map(({ name, env }) => {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], ...env },
      // A process group of its own: Ctrl-C is for the demo, which stops them in its way.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const path = join(dir, `${name}.log`)
    child.stdout.pipe(createWriteStream(path))
    const ended = endOf(child)
    void ended.then(async (code) => {
      if (stopping) return
      const tail = (await readFile(path, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5).join('\n')
      resolve(`${name} ended with ${code}:\n${tail}`)
    })
    return { name, child, ended }
  })
  return {
    failed,
    async stop() {
      stopping = true
      for (const { child } of running) child.kill('SIGTERM')
      return Promise.all(running.map(async ({ name, ended }) => ({ name, code: await ended })))
    },
  }
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}
