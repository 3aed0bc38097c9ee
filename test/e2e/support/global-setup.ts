// Before the cases: a cluster of their own, this tree's images in it, and the operator installed. The user's kubectl
// configuration and a cluster of `npm run up` are left alone. MDK_E2E_KEEP=1 keeps the cluster for a next run, and
// MDK_E2E_CLUSTER names another one, so that two checkouts can be tested side by side.
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { ensureImages, imagesOfTree } from '../../../scripts/site/images.ts'
import { installOperator } from '../../../scripts/site/operator-install.ts'
import { ensureCluster, ownKubeconfig, removeCluster } from '../cluster/kind-cluster.ts'
import { terminalProgress } from '../cluster/progress.ts'

const root = join(import.meta.dirname, '../../..')
const name = process.env['MDK_E2E_CLUSTER'] ?? 'mdk-e2e'

declare module 'vitest' {
  interface ProvidedContext {
    context: string
    kubeconfig: string
    runtimeImage: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = terminalProgress()
  const kubeconfig = ownKubeconfig(name)
  const keeps = process.env['MDK_E2E_KEEP'] === '1'
  if (!keeps) await removeCluster({ name, progress, kubeconfig })
  const cluster = await ensureCluster({ name, progress, kubeconfig })
  const images = await imagesOfTree(root)
  await ensureImages(cluster.docker, root, images, progress)
  await progress.step('load images', () => cluster.load([images.operator, images.runtime]))
  const target = { kubeconfig: cluster.kubeconfig, context: cluster.context }
  await progress.step('install CRDs and operator', () => installOperator(target, root, images))
  project.provide('context', cluster.context)
  project.provide('kubeconfig', cluster.kubeconfig)
  project.provide('runtimeImage', images.runtime)
  return async () => {
    if (!keeps) await removeCluster({ name, progress, kubeconfig })
  }
}
