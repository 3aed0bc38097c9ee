import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pipeCommands } from './command.ts'
import type { Docker } from './docker.ts'
import { qualifiedName } from './node-images-loaded.ts'

/** One image of the file `manifest.json` in what `docker save` writes. Paths are relative to the archive. */
export interface SavedImage {
  config: string
  tags: string[]
  layers: string[]
}

interface Blob {
  path: string
  digest: string
  size: number
}

/**
 * Brings images to nodes that have most of their layers already: only the others are sent. `present` are the digests of the blobs
 * that every node has. Layers are sent as they are on disk, so that their digests are those of an earlier load.
 */
export async function transferImages(
  docker: Docker,
  images: readonly string[],
  nodes: readonly string[],
  present: ReadonlySet<string>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mdk-images-'))
  const saved = join(folder, 'saved')
  const layout = join(folder, 'layout')
  try {
    await mkdir(saved)
    await pipeCommands(['docker', 'save', ...images], ['tar', '-C', saved, '-x'], { env: docker.env })
    await writeLayout(saved, layout, present)
    for (const node of nodes) {
      const load = ['exec', '-i', node, 'ctr', '-n', 'k8s.io', 'images', 'import', '--all-platforms', '-']
      await pipeCommands(['tar', '-C', layout, '-c', '.'], ['docker', ...load], { env: docker.env })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Turns what `docker save` wrote into an OCI image layout that lacks the blobs that are present. */
async function writeLayout(saved: string, layout: string, present: ReadonlySet<string>): Promise<void> {
  const blobs = join(layout, 'blobs', 'sha256')
  await mkdir(blobs, { recursive: true })
  const add = async ({ path, digest }: Blob) => {
    const to = join(blobs, digest.slice('sha256:'.length))
    if (!present.has(digest)) await link(path, to).catch(() => undefined) // images may share a layer
  }
  const manifests: object[] = []
  for (const image of parseSavedImages(await readFile(join(saved, 'manifest.json'), 'utf8'))) {
    const config = await describe(join(saved, image.config))
    const layers = await Promise.all(image.layers.map((path) => describe(join(saved, path))))
    await Promise.all([config, ...layers].map(add))
    const manifest = Buffer.from(JSON.stringify(formatManifest(config, layers)))
    const digest = createHash('sha256').update(manifest).digest('hex')
    await writeFile(join(blobs, digest), manifest)
    for (const tag of image.tags) {
      const annotations = { 'io.containerd.image.name': qualifiedName(tag) }
      manifests.push({ mediaType: MANIFEST_TYPE, digest: `sha256:${digest}`, size: manifest.length, annotations })
    }
  }
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

function formatManifest(config: Blob, layers: readonly Blob[]): object {
  const descriptor = (mediaType: string, { digest, size }: Blob) => ({ mediaType, digest, size })
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  }
}

async function describe(path: string): Promise<Blob> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return { path, digest: `sha256:${hash.digest('hex')}`, size: (await stat(path)).size }
}

export function parseSavedImages(json: string): SavedImage[] {
  const images = JSON.parse(json) as { Config: string; RepoTags: string[] | null; Layers: string[] }[]
  return images.map(({ Config, RepoTags, Layers }) => ({ config: Config, tags: RepoTags ?? [], layers: Layers }))
}
