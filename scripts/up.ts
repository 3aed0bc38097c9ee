// npm run up: from nothing to a mining site on a Kubernetes cluster. Safe to run again.
import { join } from 'node:path'
import { ensureDocker } from '../test/e2e/cluster/docker.ts'
import { ensureCluster } from '../test/e2e/cluster/kind-cluster.ts'
import { formatStepTimes, terminalProgress } from '../test/e2e/cluster/progress.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'
import { loadIntoKind, pushImages } from './site/deliver-images.ts'
import { applyDemoSite, waitForDemoSite } from './site/demo-site.ts'
import { ensureImages, imagesOfTree } from './site/images.ts'
import { type KubectlTarget, kubectlCommand, reachCluster } from './site/kubectl.ts'
import { installOperator } from './site/operator-install.ts'
import { isFromHelm } from './site/operator-users.ts'
import { formatSummary, observeSummary } from './site/summary.ts'

const usage = `From nothing to a mining site on a Kubernetes cluster. Safe to run again, also after it was interrupted.

  npm run up [-- --context NAME [--registry PLACE]]

  --context NAME    an existing cluster (default: a kind cluster called mdk, made if it isn't there). The operator of
                    manifests/install.yaml is put there, or replaced
  --registry PLACE  push the images there instead of loading them into kind's nodes, such as ghcr.io/acme`

const root = join(import.meta.dirname, '..')
const { values: options } = parseCommandLine(usage, {
  options: { context: { type: 'string' }, registry: { type: 'string' } },
})
if (options.registry !== undefined && options.context === undefined) {
  refuseCommandLine(
    usage,
    '--registry needs --context: the kind cluster that is made here gets its images without a registry',
  )
}
const progress = terminalProgress()
const downCommand = `npm run down${options.context === undefined ? '' : ` -- --context ${options.context}`}`

/** Set if the images are in a daemon of the project's own, which the person's `docker` doesn't know. */
let ownDockerHost: string | undefined

process.once('SIGINT', () => {
  console.error(`\ninterrupted: the same command goes on from here, \`${downCommand}\` removes what there is`)
  process.exit(130)
})
try {
  const target = await bringUp()
  console.log(`\n${formatSummary(await observeSummary(target))}`)
  console.log(`\n${formatStepTimes(progress.times())}`)
  console.log(nextCommands(target, await kubectlCommand()))
  if (ownDockerHost !== undefined) {
    console.log(`\nDocker was started for this; to use it yourself: export DOCKER_HOST=${ownDockerHost}`)
  }
} catch (error) {
  console.error(`\nup failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function bringUp(): Promise<KubectlTarget> {
  const images = await imagesOfTree(root, options.registry)
  const target = options.context === undefined ? await ownCluster() : await givenCluster(options.context)
  await progress.step('install CRDs and operator', () => installOperator(target, root, images))
  await progress.step('apply the demo site', () => applyDemoSite(target, root, images))
  await progress.step('wait for 96 devices', () =>
    waitForDemoSite(target, images, (text) => progress.note(text), 300_000),
  )
  return target

  async function ownCluster(): Promise<KubectlTarget> {
    const cluster = await ensureCluster({ name: 'mdk', progress })
    if (cluster.docker.isOurs) ownDockerHost = cluster.docker.env['DOCKER_HOST']
    await ensureImages(cluster.docker, root, images, progress)
    await progress.step('load images', () => cluster.load([images.operator, images.runtime]))
    return { context: cluster.context }
  }

  async function givenCluster(context: string): Promise<KubectlTarget> {
    await progress.step(`reach the cluster of ${context}`, () => reachCluster({ context }))
    if (await isFromHelm({ context })) {
      throw new Error(
        `the operator of ${context} was installed by Helm, and \`up\` would replace it; apply manifests/samples/demo.yaml there, or take another cluster`,
      )
    }
    const docker = await ensureDocker(progress)
    await ensureImages(docker, root, images, progress)
    await progress.step('deliver images', () =>
      options.registry === undefined ? loadIntoKind(docker, context, images) : pushImages(docker, images),
    )
    return { context }
  }
}

function nextCommands({ context }: KubectlTarget, kubectl: string): string {
  const k = `${kubectl} --context ${context} -n mdk-demo`
  return `
Try next:
  ${k} get mdk                                         # site, workers and racks
  ${k} describe mdksite demo                           # conditions, each with a sentence
  ${k} port-forward svc/demo-app-node 3000 &           # the HTTP edge
  TOKEN=$(${k} get secret demo-app-node-tokens -o jsonpath='{.data.command}' | base64 -d)
  curl -sS --retry 9 --retry-connrefused -H "authorization: Bearer $TOKEN" \\
    localhost:3000/site-monitor/devices/rack-a.wm-01/telemetry
  ${downCommand.padEnd(51)}  # removes this again`
}
