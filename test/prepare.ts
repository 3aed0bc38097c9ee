// Builds what the tests run with and that lasts from run to run: programs, the node image, the images of this tree. Whatever is left
// out here, the tests build themselves; here it takes no time from those that watch the clock.
import { join } from 'node:path'
import { ensureImages, imagesOfTree } from '../scripts/site/images.ts'
import { formatFailure } from './e2e/cluster/failure.ts'
import { ensureHelm, ensureKubeconform } from './e2e/cluster/helm.ts'
import { prepareClusters } from './e2e/cluster/kind-cluster.ts'
import { ensureKubernetesBinary } from './e2e/cluster/programs.ts'
import { terminalProgress } from './e2e/cluster/progress.ts'
import { prepareRegistry } from './e2e/support/registry.ts'

const root = join(import.meta.dirname, '..')
const progress = terminalProgress()

try {
  await ensureKubernetesBinary(progress)
  await prepareClusters(progress, async (docker) => ensureImages(docker, root, await imagesOfTree(root), progress))
  await ensureHelm(progress)
  await ensureKubeconform(progress)
  await prepareRegistry()
} catch (error) {
  console.error(formatFailure(error))
  process.exitCode = 1
}
