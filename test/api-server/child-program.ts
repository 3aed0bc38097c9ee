import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { findProgram } from '../e2e/cluster/prerequisites.ts'

/** A program that runs beside the tests and ends with them. */
export interface ChildProgram {
  name: string
  pid: number
  /** Resolves with its exit code when it has ended; null: a signal ended it. */
  ended: Promise<number | null>
  /** Throws, with the end of its log, if the program has ended by itself. */
  assertRunning(): Promise<void>
  /** Ends it at once: nothing that it holds is kept. Idempotent. */
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a program whose output goes to `logFile`. Where the kernel can, it kills the program when this process dies, however it dies. */
export async function startChildProgram(
  name: string,
  command: readonly [string, ...string[]],
  logFile: string,
): Promise<ChildProgram> {
  const setpriv = process.platform === 'linux' ? await findProgram('setpriv') : undefined
  const [program, ...args] = setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command]
  const log = openSync(logFile, 'a')
  const child = spawn(program, args, { stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.once('error', () => resolve(null))
  })
  void ended.then(() => running.delete(child))
  if (child.pid === undefined) throw new Error(`could not start ${name}: ${program} is not a program that runs here`)
  running.add(child)
  const { pid } = child
  return {
    name,
    pid,
    ended,
    assertRunning: async () => {
      if (child.exitCode === null && child.signalCode === null) return
      const log = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-15).join('\n')
      throw new Error(
        `${name} ended by itself (${child.exitCode ?? child.signalCode ?? '?'}). The end of its log:\n${log}`,
      )
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
