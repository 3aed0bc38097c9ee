import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type BuildSurroundings,
  observeBuildSurroundings,
  parseCertificates,
  parseDebianMirror,
} from './build-surroundings.ts'
import { cacheFolder } from './cache-folder.ts'
import { pipeCommands, runCommand } from './command.ts'
import type { Docker } from './docker.ts'
import { hashInputs } from './input-hash.ts'
import { withLock } from './lock.ts'
import { DEBIAN_SUITE } from './pinned-versions.ts'
import { DEBIAN_BUILDER, ensurePrograms, PrerequisiteMissing } from './prerequisites.ts'
import type { Progress } from './progress.ts'

export interface LocalImage {
  image: string
  /** Stands for everything that it was made from. */
  hash: string
}

/** Changes when what is done below does. */
const RECIPE = '1'

/**
 * A small Debian for `FROM`, made by debootstrap out of this machine's package sources. It has a name of its own, so that it never
 * stands for the official image.
 */
export async function ensureDebianImage(docker: Docker, progress: Progress): Promise<LocalImage> {
  const surroundings = await observeBuildSurroundings()
  const { certificates, debianSources, aptProxies } = surroundings
  const sources = debianSources?.join('\n') ?? ''
  const hash = hashInputs([RECIPE, DEBIAN_SUITE, process.arch, sources, ...aptProxies, ...certificates])
  const image = `mdk-cluster/debian:${DEBIAN_SUITE}-${hash}`
  return withLock({ name: 'image-debian', progress }, async () => {
    if (!(await docker.hasImage(image))) await build(docker, image, surroundings, progress)
    return { image, hash }
  })
}

async function build(docker: Docker, image: string, from: BuildSurroundings, progress: Progress): Promise<void> {
  await ensurePrograms(DEBIAN_BUILDER, 'to make a Debian image', progress)
  if (process.getuid?.() !== 0) {
    throw new PrerequisiteMissing(
      'A Debian base image has to be made here, since what is made from it could not be pulled, and debootstrap needs root.',
      'run this once as root with the same DOCKER_HOST, or let Docker reach a registry.',
    )
  }
  const root = cacheFolder('debian-root')
  await removeRoot(root)
  await mkdir(root, { recursive: true })
  try {
    await progress.step(`debootstrap ${DEBIAN_SUITE}`, async () => {
      await bootstrap(root, from)
      await pipeCommands(['tar', '-C', root, '-c', '.'], ['docker', 'import', '-c', 'CMD ["bash"]', '-', image], {
        env: docker.env,
      })
    })
  } finally {
    await removeRoot(root)
  }
}

/** Also what an interrupted run has left, whose mounts lead out of the folder. */
async function removeRoot(root: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  const inside = mounts.split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const path of inside.filter((each) => each.startsWith(`${root}/`)).toReversed()) {
    await runCommand('umount', [path])
  }
  await rm(root, { recursive: true, force: true })
}

async function bootstrap(root: string, { certificates, debianSources, aptProxies }: BuildSurroundings): Promise<void> {
  const mirror = debianSources === undefined ? undefined : parseDebianMirror(debianSources[1])
  const args = ['--variant=minbase', '--include=ca-certificates', DEBIAN_SUITE, root]
  const logFile = cacheFolder('logs', 'debootstrap.log')
  await runCommand('debootstrap', mirror === undefined ? args : [...args, mirror], { logFile })
  if (debianSources !== undefined) {
    await rm(join(root, 'etc/apt/sources.list'), { force: true })
    await write(join(root, 'etc/apt', debianSources[0]), debianSources[1])
  }
  if (aptProxies.length > 0) await write(join(root, 'etc/apt/apt.conf.d/90-proxy'), `${aptProxies.join('\n')}\n`)
  await addCertificates(root, certificates)
  for (const waste of ['var/lib/apt/lists', 'var/cache/apt', 'var/log', 'var/cache/debconf']) {
    await rm(join(root, waste), { recursive: true, force: true })
    await mkdir(join(root, waste), { recursive: true })
  }
}

async function addCertificates(root: string, certificates: readonly string[]): Promise<void> {
  const publicOnes = parseCertificates(await readFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8'))
  const extra = certificates.filter((certificate) => !publicOnes.includes(certificate))
  for (const [i, certificate] of extra.entries()) {
    await write(join(root, 'usr/local/share/ca-certificates', `host-${i}.crt`), `${certificate}\n`)
  }
  if (extra.length > 0) await runCommand('chroot', [root, 'update-ca-certificates'])
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
