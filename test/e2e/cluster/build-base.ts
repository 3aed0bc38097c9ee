import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { cleanUpArgs } from './build-image.ts'
import { type BuildSurroundings, observeBuildSurroundings, parseDebianMirror } from './build-surroundings.ts'
import { cacheFolder } from './cache-folder.ts'
import type { Docker } from './docker.ts'
import { hashFolder, hashInputs } from './input-hash.ts'
import { DEBIAN_SUITE } from './pinned-versions.ts'
import type { Progress } from './progress.ts'

const REPOSITORY = 'mdk-cluster/node-base'
const FOLDER = join(import.meta.dirname, 'build-base')
const DEBIAN_SUITES = [DEBIAN_SUITE, `${DEBIAN_SUITE}-updates`, `${DEBIAN_SUITE}-security`]

/** Files by their names in the build's context. An empty one changes nothing. */
export type BuildBaseFiles = Readonly<Record<'authorities.pem' | 'npmrc' | 'apt.conf' | 'sources.list', string>>

/**
 * The image to build from, in place of an official one, so that a build reaches its package sources where this machine does: through
 * a proxy, from a mirror, by certificates of a company. It is the official one itself where nothing is to be added.
 */
export async function ensureBuildBase(docker: Docker, official: string, progress: Progress): Promise<string> {
  const files = desiredBuildBase(await observeBuildSurroundings())
  if (files === undefined) return official
  const id = (await docker.run(['image', 'inspect', '--format', '{{.Id}}', official])).stdout.trim()
  const image = `${REPOSITORY}:${hashInputs([id, ...Object.values(files), await hashFolder(FOLDER)])}`
  if (await docker.hasImage(image)) return image
  await progress.step(`adding certificates and package sources of this machine to ${official}`, () =>
    build(docker, official, image, files),
  )
  await removeOlder(docker, image)
  return image
}

/**
 * What is to be added, or undefined if this machine has nothing that a fresh image lacks. An address of this machine itself leads
 * nowhere in a container, and one with a password must not get into an image: both are left out.
 */
export function desiredBuildBase(from: BuildSurroundings): BuildBaseFiles | undefined {
  const npmConfig = from.npmConfig.filter(isOfUse)
  const aptProxies = from.aptProxies.filter(isOfUse)
  const sources = debianSources(from.debianSources?.[1] ?? '')
  if ([from.certificates, npmConfig, aptProxies, sources].every((lines) => lines.length === 0)) return undefined
  return {
    // The slim image has no authorities for apt at all, so the public ones are among them.
    'authorities.pem': formatLines([...new Set([...rootCertificates, ...from.certificates])]),
    npmrc: formatLines(npmConfig),
    'apt.conf': formatLines(aptProxies),
    'sources.list': formatLines(sources),
  }
}

/** Only mirrors for the image's own suites: other entries may need keys, or files, that the image doesn't have. */
function debianSources(content: string): string[] {
  const found = DEBIAN_SUITES.map((suite) => ({ suite, mirror: parseDebianMirror(content, suite) ?? '' }))
  const mirrors = found.filter(({ mirror }) => /^https?:/.test(mirror) && isOfUse(mirror))
  const isComplete = mirrors.some(({ suite }) => suite === DEBIAN_SUITE)
  const isDefault = mirrors.every(({ mirror }) => /^http:\/\/(deb|security)\.debian\.org\//.test(mirror))
  return isComplete && !isDefault ? mirrors.map(({ suite, mirror }) => `deb ${mirror} ${suite} main`) : []
}

function isOfUse(setting: string): boolean {
  return !/\/\/(localhost|127\.|\[::1\])/.test(setting) && !setting.includes('@')
}

async function build(docker: Docker, official: string, image: string, files: BuildBaseFiles): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'mdk-build-base-'))
  try {
    await cp(FOLDER, context, { recursive: true })
    await mkdir(join(context, 'files'))
    for (const [name, content] of Object.entries(files)) await writeFile(join(context, 'files', name), content)
    await docker.run(['build', ...cleanUpArgs(docker), '-t', image, '--build-arg', `OFFICIAL=${official}`, context], {
      logFile: cacheFolder('logs', 'build-base.log'),
    })
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

async function removeOlder(docker: Docker, current: string): Promise<void> {
  const listed = await docker.run(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', REPOSITORY])
  const old = listed.stdout.split('\n').filter((image) => image !== '' && image !== current)
  for (const image of old) await docker.run(['image', 'rm', image], { allowFailure: true })
}

function formatLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
