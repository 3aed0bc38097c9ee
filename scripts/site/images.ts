import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildImage } from '../../test/e2e/cluster/build-image.ts'
import type { Docker } from '../../test/e2e/cluster/docker.ts'
import { ensureNodeBase } from '../../test/e2e/cluster/node-base.ts'
import type { Progress } from '../../test/e2e/cluster/progress.ts'

/** Names of the two images of this tree. */
export interface Images {
  readonly operator: string
  readonly runtime: string
}

/** What goes into the images; a change of anything else needs no new ones. */
const inputs = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'scripts/bundle.ts',
  'scripts/image',
  'operator/package.json',
  'operator/src',
  'runtime/package.json',
  'runtime/src',
]

/** Tags by content, so that a pod never runs an older build under the same name. */
export async function imagesOfTree(root: string, registry?: string): Promise<Images> {
  const hash = createHash('sha256')
  for (const path of (await Promise.all(inputs.map((input) => filesUnder(root, input)))).flat().sort()) {
    if (path.endsWith('.test.ts') || path.includes('/golden/')) continue
    hash
      .update(path)
      .update('\0')
      .update(await readFile(join(root, path)))
      .update('\0')
  }
  const tag = hash.digest('hex').slice(0, 12)
  const place = registry === undefined ? '' : `${registry}/`
  return { operator: `${place}mdk-operator:${tag}`, runtime: `${place}mdk-runtime:${tag}` }
}

/** Builds what is missing of this tree's images. */
export async function ensureImages(docker: Docker, root: string, images: Images, progress: Progress): Promise<void> {
  const missing: (keyof Images)[] = []
  for (const target of ['runtime', 'operator'] as const) {
    if (!(await docker.hasImage(images[target]))) missing.push(target)
  }
  if (missing.length === 0) return
  const buildArgs = { NODE_BASE: await ensureNodeBase(docker, progress) }
  for (const target of missing) {
    await progress.step(`build image ${images[target]}`, () =>
      buildImage(docker, { context: root, target, tag: images[target], buildArgs }),
    )
  }
}

async function filesUnder(root: string, path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => null)
  if (entries === null) return [path]
  const nested = await Promise.all(entries.map((entry) => filesUnder(root, `${path}/${entry.name}`)))
  return nested.flat()
}
