import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface CommandOptions {
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>
  cwd?: string
  /** Written to the command's standard input. */
  input?: string
  /** The command is killed after this time; the result is then a failure. */
  timeoutMs?: number
  /** The command is killed when its standard output has nothing this long after its start. */
  firstWordMs?: number
  /** The command is killed when it has said nothing for this long. */
  silenceMs?: number
  /** All output is written here too; the folder is made. */
  logFile?: string
  /** Return a failure instead of throwing it. A command that isn't there ends with 127. */
  allowFailure?: boolean
}

export interface CommandResult {
  /** 127 if there is no such command, 128 if it was killed. */
  exitCode: number
  stdout: string
  stderr: string
  /** What it was killed for, if it took too long: `said nothing for 30 s`. */
  killedFor?: string
}

/** A command ended badly. The message has the command and the end of what it said. */
export class CommandFailed extends Error {
  readonly result: CommandResult

  constructor(command: readonly string[], result: CommandResult, logFile?: string) {
    const said = lastLines(`${result.stdout}\n${result.stderr}`, 20)
    const where = logFile === undefined ? '' : `\nAll of its output: ${logFile}`
    super(`"${command.join(' ')}" ended with ${result.exitCode}:\n${said}${where}`)
    this.name = 'CommandFailed'
    this.result = result
  }
}

/** Runs a command to its end and keeps its output. Programs in the system folders are found even if PATH lacks those. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, { cwd: options.cwd, env: commandEnv(options.env), stdio: 'pipe' })
  child.stdin.on('error', () => undefined) // a command may end before it has read all
  child.stdin.end(options.input ?? '')
  const result = await collect(child, options)
  if (result.exitCode !== 0 && options.allowFailure !== true) {
    throw new CommandFailed([command, ...args], result, options.logFile)
  }
  return result
}

/** Runs `source | sink` and fails if either fails. */
export async function pipeCommands(
  source: readonly [string, ...string[]],
  sink: readonly [string, ...string[]],
  options: Pick<CommandOptions, 'env' | 'logFile'> = {},
): Promise<void> {
  const env = commandEnv(options.env)
  const from = spawn(source[0], source.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const to = spawn(sink[0], sink.slice(1), { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const [sourceResult, sinkResult] = await Promise.all([
    collect(from, {}, false),
    collect(to, options),
    // A broken pipe shows as the exit code of one of the two.
    pipeline(from.stdout, to.stdin).catch(() => undefined),
  ])
  if (sinkResult.exitCode !== 0) throw new CommandFailed(sink, sinkResult, options.logFile)
  if (sourceResult.exitCode !== 0) throw new CommandFailed(source, sourceResult)
}

/** The environment of a command: this process's, with the system folders on PATH, and `extra`. */
export function commandEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = [process.env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter)
  return { ...process.env, PATH: path, ...extra }
}

/** Must not wait before it listens: a command that isn't there fails at once. */
async function collect(child: ChildProcess, options: CommandOptions, keepStdout = true): Promise<CommandResult> {
  const log = options.logFile === undefined ? undefined : openLog(options.logFile)
  const kept = { stdout: '', stderr: '' }
  let killedFor: string | undefined
  const killAfter = (ms: number | undefined, words: string) => {
    if (ms === undefined) return undefined
    const kill = () => {
      killedFor ??= `${words} ${ms / 1_000} s`
      child.kill('SIGKILL')
    }
    return setTimeout(kill, ms)
  }
  const limit = killAfter(options.timeoutMs, 'had not ended after')
  const firstWord = killAfter(options.firstWordMs, 'said nothing for')
  const silence = killAfter(options.silenceMs, 'said nothing for')
  const listen = (name: 'stdout' | 'stderr') => {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      kept[name] += text
      log?.write(text)
      if (name === 'stdout') clearTimeout(firstWord)
      silence?.refresh()
    })
  }
  if (keepStdout) listen('stdout')
  listen('stderr')
  const exitCode = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      kept.stderr += error.message
      resolve(127)
    })
    child.once('close', (code) => resolve(code ?? 128))
  })
  for (const timer of [limit, firstWord, silence]) clearTimeout(timer)
  log?.end()
  return { exitCode, ...kept, ...(killedFor !== undefined && { killedFor }) }
}

function openLog(path: string): WriteStream {
  mkdirSync(dirname(path), { recursive: true })
  return createWriteStream(path, { flags: 'a' })
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n')
}
