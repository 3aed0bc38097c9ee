/** A process of the bench that does jobs: the parent's side and its own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a child can do, by name. Arguments and results are JSON. */
export type Jobs = Readonly<Record<string, (argument: never) => Promise<unknown>>>

type ArgumentOf<Job> = Job extends (argument: infer Argument) => unknown ? Argument : never
type ResultOf<Job> = Job extends (...rest: never) => Promise<infer Result> ? Result : never

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

export interface Child<Own extends Jobs> {
  readonly pid: number
  /** Has the child do a job. Rejects with what the job rejected with, or when the child ends. */
  do<Name extends keyof Own & string>(name: Name, argument: ArgumentOf<Own[Name]>): Promise<ResultOf<Own[Name]>>
  end(): Promise<void>
}

/** Starts a file of this folder that calls `serveJobs`. Its output but errors is dropped. */
export function startChild<Own extends Jobs>(file: string): Child<Own> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = fork(path, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const exited = once(child, 'exit')
  child.on('message', ({ id, result, error }: Answer) => {
    if (error === undefined) waiting.get(id)?.resolve(result)
    else waiting.get(id)?.reject(new Error(`${file}: ${error}`))
    waiting.delete(id)
  })
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${signal ?? code}`))
  })
  let jobs = 0
  return {
    pid: pidOf(child),
    do(name, argument) {
      jobs += 1
      const answer = Promise.withResolvers<unknown>()
      waiting.set(jobs, answer)
      child.send({ id: jobs, name, argument })
      return answer.promise as Promise<ResultOf<Own[typeof name]>>
    },
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process could not be started')
  return pid
}

/** Does what the parent asks for, and ends with it. */
export function serveJobs(jobs: Jobs): void {
  const answer = (message: Answer): void => void process.send?.(message)
  process.on('message', ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    const job = jobs[name] ?? (() => Promise.reject(new Error(`there is no job ${name}`)))
    job(argument).then(
      (result) => answer({ id, result }),
      (error: unknown) =>
        answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}
