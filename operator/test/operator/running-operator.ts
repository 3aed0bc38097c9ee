import { randomBytes } from 'node:crypto'
import { vi } from 'vitest'
import { type Operator, type OperatorPorts, startOperator } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { silentLog } from '../../src/engine/log.ts'
import { systemRandom } from '../../src/engine/random.ts'
import type { Cluster } from '../../src/kube/load-cluster.ts'

export interface RunningOperator extends Operator {
  /** How many requests it has sent since its start, by method. Watches that go on count once. */
  requests(): Promise<Readonly<Record<string, number>>>
  /** How many of them the API server denied. */
  denied(): Promise<number>
}

export type RunOptions = Partial<Pick<OperatorPorts, 'reach' | 'log' | 'clock'>> & Partial<Config>

/** Starts the operator in this process, with the rights of whom `cluster` speaks for. */
export async function runOperator(
  cluster: Cluster,
  { reach, log = silentLog, clock = systemClock, ...config }: RunOptions = {},
): Promise<RunningOperator> {
  const operator = await startOperator(
    { ...defaults, ...config },
    {
      cluster,
      clock,
      random: systemRandom,
      randomBytes,
      log,
      ...(reach && { reach }),
      onFatal: (reason) => {
        throw new Error(reason)
      },
    },
  )
  return Object.assign(operator, {
    requests: () => countRequests(operator.port, 'method'),
    denied: async () => (await countRequests(operator.port, 'code'))['403'] ?? 0,
  })
}

export async function untilLeading(operator: Operator): Promise<void> {
  await vi.waitUntil(() => operator.state === 'leading', { timeout: 20_000 })
}

const defaults: Config = {
  runtimeImage: 'mdk-runtime:test',
  namespaces: 'all',
  leaderElection: null,
  port: 0,
  logLevel: 'info',
  clusterDomain: 'cluster.local',
  inCluster: false,
  kubeconfigPaths: [],
  context: null,
}

/** From the metrics, as anybody would. */
async function countRequests(port: number, label: 'method' | 'code'): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const counts: Record<string, number> = {}
  for (const [, labels = '', count] of text.matchAll(/^rest_client_requests_total\{(.*)\} (\d+)$/gm)) {
    const [, value = ''] = new RegExp(`${label}="([^"]*)"`).exec(labels) ?? []
    counts[value] = (counts[value] ?? 0) + Number(count)
  }
  return counts
}
