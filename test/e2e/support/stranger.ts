import { join } from 'node:path'
import { build } from 'esbuild'
import { inject } from 'vitest'
import type { Round, Settings } from '../cases/stranger/stranger.ts'
import { run } from './kube.ts'
import { until } from './poll.ts'
import { restrictedPod } from './probe.ts'

export interface Place {
  readonly namespace: string
  readonly pod: string
}

/** Starts the program `stranger` in a pod of the runtime image, which has the libraries that it needs. */
export async function startStranger({ namespace, pod }: Place, settings: Settings): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../cases/stranger/stranger.ts')],
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node24', packages: 'external', write: false },
  })
  const program = outputFiles[0]?.text ?? ''
  const spec = restrictedPod({
    image: inject('runtimeImage'),
    command: ['/usr/local/bin/node', '--input-type=module', '--eval', program],
    env: [
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'STRANGER', value: JSON.stringify(settings) },
    ],
  })
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace }, spec }
  await run(['apply', '--server-side', '-f', '-'], JSON.stringify(object))
}

/** Waits for a round of the stranger's in which this holds, and gives that round. */
export async function untilRound(
  { namespace, pod }: Place,
  what: string,
  holds: (round: Round) => boolean,
): Promise<Round> {
  let last = ''
  return until(
    `the stranger in ${namespace} ${what}`,
    async () => {
      last = await run(['-n', namespace, 'logs', pod, '--tail=1'])
      if (!last.startsWith('{')) return undefined
      const round = JSON.parse(last) as Round
      return holds(round) ? round : undefined
    },
    { timeoutMs: 60_000, describe: () => Promise.resolve(last) },
  )
}
