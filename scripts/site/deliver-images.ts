import type { Docker } from '../../test/e2e/cluster/docker.ts'
import { openKindCluster } from '../../test/e2e/cluster/kind-cluster.ts'
import type { Images } from './images.ts'

/** Loads the images into the nodes of a kind cluster that exists already. */
export async function loadIntoKind(docker: Docker, context: string, images: Images): Promise<void> {
  if (!context.startsWith('kind-')) {
    throw new Error(
      `context ${context} is not a kind cluster, so its nodes must pull the images: give --registry PLACE, such as --registry ghcr.io/acme, after docker login`,
    )
  }
  const cluster = await openKindCluster({ name: context.slice('kind-'.length), docker })
  await cluster.load([images.operator, images.runtime])
}

/** Pushes the images to the registry that their names begin with. */
export async function pushImages(docker: Docker, images: Images): Promise<void> {
  for (const image of [images.operator, images.runtime]) await docker.run(['push', image])
}
