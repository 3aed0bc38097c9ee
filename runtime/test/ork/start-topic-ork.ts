import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { WorkerStatus } from '../../src/contract/status.ts'
import type { GetOrkOptions } from '../../src/sdk/ork.ts'

/** What the program tells when it is asked. */
export interface TopicOrkReport {
  readonly workers: readonly WorkerStatus[]
  readonly metrics: string
}

/** ORK inside of a program of its own, with admission by topic. */
export interface TopicOrk {
  readonly child: ChildProcess
  /** As it is now. Rejects when the program has ended. */
  report(): Promise<TopicOrkReport>
  log(): string
  /** Kills it. */
  end(): Promise<void>
}

export function startTopicOrk(options: GetOrkOptions): TopicOrk {
  const program = new URL('./topic-ork.ts', import.meta.url)
  const child = fork(program, [JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const ended = exited.then(([code]) => Promise.reject(new Error(`ORK ended with ${String(code)}`)))
  ended.catch(() => undefined)
  let log = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text))
  return {
    child,
    async report() {
      const answer = once(child, 'message') as Promise<[TopicOrkReport]>
      child.send('report')
      const [report] = await Promise.race([answer, ended])
      return report
    },
    log: () => log,
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
