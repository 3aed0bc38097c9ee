import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChildProgram } from '../../../test/api-server/child-program.ts'
import { until } from '../../../test/e2e/support/poll.ts'
import type { FaultProxy } from './fault-proxy.ts'

/** The operator as a real process, behind a proxy of its own. */
export interface OperatorProcess {
  readonly name: string
  readonly proxy: FaultProxy
  /** Resolves with its exit code when it has ended; null: a signal ended it. */
  readonly ended: Promise<number | null>
  /** Ends it at once, as a crash does. */
  kill(): void
  /** Asks it to end, and resolves with its exit code. */
  stop(): Promise<number | null>
  /** Takes the processor away from it, and gives it back. */
  pause(): void
  resume(): void
  /** What it wrote so far. */
  log(): Promise<string>
  /** As its `/metrics` has them. */
  metrics(): Promise<string>
  /** Resolves when it has filled its caches. */
  warm(): Promise<void>
}

export interface OperatorSettings {
  readonly name: string
  readonly namespaces: readonly string[]
  /** Namespace of the lease; absent: it leads alone. */
  readonly leaseNamespace?: string
}

/** Where processes are started from. */
export interface Workshop {
  readonly folder: string
  readonly program: string
  readonly token: string
}

export async function startOperatorProcess(
  { folder, program, token }: Workshop,
  proxy: FaultProxy,
  { name, namespaces, leaseNamespace }: OperatorSettings,
): Promise<OperatorProcess> {
  const kubeconfig = join(folder, `${name}.kubeconfig`)
  const logFile = join(folder, `${name}.log`)
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(proxy.url, token)))
  const flags = {
    kubeconfig,
    'runtime-image': 'mdk-runtime:test',
    port: '0',
    identity: name,
    namespaces: namespaces.join(),
    'leader-election': String(leaseNamespace !== undefined),
    'lease-namespace': leaseNamespace ?? '',
  }
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  const command = ['env', `NODE_COMPILE_CACHE=${join(folder, 'compiled')}`, process.execPath, program, ...args] as const
  const child = await startChildProgram(name, [...command], logFile)
  const send = (signal: NodeJS.Signals) => {
    // A process that has ended may have given its number to another.
    if (!hasEnded) process.kill(child.pid, signal)
  }
  let hasEnded = false
  void child.ended.then(() => {
    hasEnded = true
  })
  const log = () => readFile(logFile, 'utf8')
  const port = async () => /"port":(\d+)/.exec(await log())?.[1]
  return {
    name,
    proxy,
    ended: child.ended,
    kill: () => send('SIGKILL'),
    stop: () => {
      send('SIGTERM')
      return child.ended
    },
    pause: () => send('SIGSTOP'),
    resume: () => send('SIGCONT'),
    log,
    metrics: async () => (await fetch(`http://127.0.0.1:${await port()}/metrics`)).text(),
    warm: async () => {
      const filled = async () => ((await log()).includes('caches are filled') ? true : undefined)
      await until(`${name} has filled its caches`, filled, { timeoutMs: 30_000, everyMs: 50, describe: log })
    },
  }
}

/** JSON is YAML too. Without TLS on the way to the proxy, which must be asked for by name. */
function kubeconfigOf(server: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'operator' } }],
    'current-context': 'here',
  }
}
