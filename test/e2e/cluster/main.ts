import { existsSync } from 'node:fs'
import { parseCommandLine, refuseCommandLine } from '../../../scripts/command-line.ts'
import { formatStanding } from './cluster-standing.ts'
import { formatFailure } from './failure.ts'
import { ensureCluster, lookAtCluster, ownKubeconfig, removeCluster } from './kind-cluster.ts'
import { findKubectl } from './programs.ts'
import { formatStepTimes, terminalProgress } from './progress.ts'

const USAGE = `The cluster that the tests run on.

  npm run cluster -- up|down|status [--name NAME] [--kubeconfig FILE]

  --name NAME        default: mdk-e2e
  --kubeconfig FILE  default: a file of the cluster's own in the cache folder, so that yours is not touched`

async function main(): Promise<void> {
  const { values, positionals } = parseCommandLine(USAGE, {
    allowPositionals: true,
    options: { name: { type: 'string', default: 'mdk-e2e' }, kubeconfig: { type: 'string' } },
  })
  const { name } = values
  const kubeconfig = values.kubeconfig ?? ownKubeconfig(name)
  const progress = terminalProgress()
  switch (positionals[0]) {
    case 'up': {
      const cluster = await ensureCluster({ name, kubeconfig, progress })
      process.stdout.write(
        `\n${formatStepTimes(progress.times())}\n${await howToUse(cluster.kubeconfig, cluster.docker.env)}`,
      )
      return
    }
    case 'down':
      await removeCluster({ name, kubeconfig, progress })
      return
    case 'status':
      process.stdout.write(
        `${formatStanding(await lookAtCluster({ name }), name, existsSync(kubeconfig) ? kubeconfig : undefined)}\n`,
      )
      return
    default:
      refuseCommandLine(USAGE, 'say what to do: up, down or status')
  }
}

async function howToUse(kubeconfig: string, env: Readonly<Record<string, string>>): Promise<string> {
  const host = env['DOCKER_HOST'] === undefined ? '' : `export DOCKER_HOST=${env['DOCKER_HOST']}\n`
  return `export KUBECONFIG=${kubeconfig}\n${host}${(await findKubectl()) ?? 'kubectl'} get nodes\n`
}

main().catch((error: unknown) => {
  process.stderr.write(`${formatFailure(error)}\n`)
  process.exitCode = 1
})
