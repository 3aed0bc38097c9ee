import type { Docker } from './docker.ts'
import { transferImages } from './image-transfer.ts'
import { findMissingImages } from './node-images-loaded.ts'

interface Loading {
  /** Shows the work; not called if there is none. */
  step(images: readonly string[], work: () => Promise<void>): Promise<void>
  /** Sends images with all their layers. */
  sendWhole(images: readonly string[]): Promise<unknown>
}

/** Sees to it that all nodes have the images that Docker has under these names: nothing is sent that they have. */
export async function loadImages(
  docker: Docker,
  nodes: readonly string[],
  images: readonly string[],
  { step, sendWhole }: Loading,
): Promise<void> {
  const missing = await observeMissing(docker, nodes, images)
  if (missing.length === 0) return
  await step(missing, async () => {
    if (!(await sendChanges(docker, nodes, missing))) await sendWhole(missing)
  })
}

async function observeMissing(docker: Docker, nodes: readonly string[], images: readonly string[]): Promise<string[]> {
  const wanted: { name: string; id: string }[] = []
  for (const name of images) {
    const id = (await docker.run(['image', 'inspect', '--format', '{{.Id}}', name])).stdout.trim()
    wanted.push({ name, id })
  }
  const missing = new Set<string>()
  for (const node of nodes) {
    const listed = await docker.run(['exec', node, 'ctr', '-n', 'k8s.io', 'images', 'ls'])
    for (const image of findMissingImages(wanted, listed.stdout)) missing.add(image)
  }
  return [...missing]
}

/** Sends only the layers that a node lacks; false if that would be all of them, or doesn't work with this Docker or node. */
async function sendChanges(docker: Docker, nodes: readonly string[], images: readonly string[]): Promise<boolean> {
  const layers = await docker.run(['image', 'inspect', '--format', '{{join .RootFS.Layers " "}}', ...images])
  let present = layers.stdout.trim().split(/\s+/)
  for (const node of nodes) {
    const listed = await docker.run(['exec', node, 'ctr', '-n', 'k8s.io', 'content', 'ls', '-q'])
    const held = new Set(listed.stdout.split('\n'))
    present = present.filter((digest) => held.has(digest))
  }
  if (present.length === 0) return false
  return transferImages(docker, images, nodes, new Set(present)).then(
    () => true,
    () => false,
  )
}
