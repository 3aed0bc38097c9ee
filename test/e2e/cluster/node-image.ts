import { copyFile, cp, link, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cleanUpArgs } from './build-image.ts'
import { proxyBuildArgs } from './build-surroundings.ts'
import { cacheFolder } from './cache-folder.ts'
import { pipeCommands, runCommand } from './command.ts'
import { ensureDebianImage, type LocalImage } from './debian-image.ts'
import type { Docker } from './docker.ts'
import { hashFolder, hashInputs } from './input-hash.ts'
import { withLock } from './lock.ts'
import { KUBERNETES_VERSION } from './pinned-versions.ts'
import { type BuiltProgram, ensureKubernetesBinary, ensureOwnProgram } from './programs.ts'
import type { Progress } from './progress.ts'

/** A node image for kind, made here from Go modules and Debian packages. */
const REPOSITORY = 'mdk-cluster/node'
const FOLDER = join(import.meta.dirname, 'node-image')
/** The name under which the manifests of the node's own agents ask for the system image. */
const AGENT_IMAGE = 'mdk.local/system:v1'
const LOG_FILE = cacheFolder('logs', 'node-image.log')

interface Inputs {
  kubernetes: BuiltProgram
  pause: BuiltProgram
  debian: LocalImage
  hash: string
}

/** The images that are made on the way to the node image; Docker keeps their layers for the next build. */
interface Parts {
  system: string
  coredns: string
  pause: string
}

/** The node image, built if it isn't in Docker yet or one of its inputs has changed. */
export async function ensureNodeImage(docker: Docker, progress: Progress): Promise<LocalImage> {
  // Compiling keeps the processors busy, making a Debian mostly waits for its packages.
  const [kubernetes, pause, debian] = await Promise.all([
    ensureKubernetesBinary(progress),
    ensureOwnProgram('pause', progress),
    ensureDebianImage(docker, progress),
  ])
  const hash = hashInputs([kubernetes.hash, pause.hash, debian.hash, KUBERNETES_VERSION, await hashFolder(FOLDER)])
  const image = `${REPOSITORY}:${KUBERNETES_VERSION}-${hash}`
  return withLock({ name: 'image-node', progress }, async () => {
    if (!(await docker.hasImage(image))) {
      await progress.step('building the node image', () =>
        build(docker, image, { kubernetes, pause, debian, hash }, progress),
      )
      await removeOlder(docker, image)
    }
    return { image, hash }
  })
}

/** A node image of ours that is in Docker, whatever its inputs were. */
export async function findNodeImage(docker: Docker): Promise<string | undefined> {
  const listed = await docker.run(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', REPOSITORY])
  return listed.stdout.split('\n').find((line) => line !== '')
}

async function build(docker: Docker, image: string, inputs: Inputs, progress: Progress): Promise<void> {
  const parts = await progress.step('  images of the control plane', () => buildParts(docker, inputs))
  const root = `mdk-cluster/node-root:${inputs.hash}`
  const named = controlPlaneImages(await kubeadmImages(inputs.kubernetes.path), parts)
  const pauseImage = [...named].find(([, part]) => part === parts.pause)?.[0] ?? ''
  await progress.step('  Debian packages of a node', () =>
    docker.run(
      [
        ...['build', ...cleanUpArgs(docker), '-t', root],
        ...['-f', join(FOLDER, 'node.Dockerfile'), ...proxyBuildArgs(process.env)],
        ...buildArgs({
          DEBIAN: inputs.debian.image,
          SYSTEM: parts.system,
          KUBERNETES_VERSION,
          PAUSE_IMAGE: pauseImage,
        }),
        FOLDER,
      ],
      { logFile: LOG_FILE },
    ),
  )
  await progress.step('  images into the node', () => preload(docker, { root, image, hash: inputs.hash, named }))
}

async function buildParts(docker: Docker, { kubernetes, pause, debian, hash }: Inputs): Promise<Parts> {
  const parts = {
    system: `mdk-cluster/system:${hash}`,
    coredns: `mdk-cluster/coredns:${hash}`,
    pause: `mdk-cluster/pause:${hash}`,
  }
  const context = await mkdtemp(cacheFolder('programs', '.context-'))
  try {
    await cp(FOLDER, context, { recursive: true })
    // A link costs nothing; a copy is needed where the cache spans file systems.
    const program = join(context, 'kubernetes')
    await link(kubernetes.path, program).catch(() => copyFile(kubernetes.path, program))
    const dockerfile = join(context, 'system.Dockerfile')
    await docker.run(
      [
        ...['build', ...cleanUpArgs(docker), '-t', parts.system, '-f', dockerfile, ...proxyBuildArgs(process.env)],
        ...buildArgs({ DEBIAN: debian.image }),
        context,
      ],
      { logFile: LOG_FILE },
    )
  } finally {
    await rm(context, { recursive: true, force: true })
  }
  const coredns = `FROM ${parts.system}\nENTRYPOINT ["/usr/local/bin/coredns"]\n`
  await docker.run(['build', '-t', parts.coredns, '-'], { input: coredns, logFile: LOG_FILE })
  await pipeCommands(
    ['tar', '-C', join(pause.path, '..'), '-c', 'pause'],
    ['docker', 'import', '-c', 'ENTRYPOINT ["/pause"]', '-', parts.pause],
    { env: docker.env, logFile: LOG_FILE },
  )
  return parts
}

/** The images that kubeadm will ask for. */
async function kubeadmImages(kubernetes: string): Promise<string[]> {
  const args = ['kubeadm', 'config', 'images', 'list', '--kubernetes-version', KUBERNETES_VERSION]
  return (await runCommand(kubernetes, args)).stdout.split('\n').filter((line) => line !== '')
}

/** Which of our images stands behind each name that a node asks for. */
export function controlPlaneImages(kubeadmImages: readonly string[], parts: Parts): Map<string, string> {
  const partOf = (name: string) => {
    if (/\/pause:/.test(name)) return parts.pause
    return /\/coredns:/.test(name) ? parts.coredns : parts.system
  }
  return new Map([...kubeadmImages.map((name) => [name, partOf(name)] as const), [AGENT_IMAGE, parts.system]])
}

interface Preload {
  root: string
  image: string
  hash: string
  named: ReadonlyMap<string, string>
}

/** Puts the images into the node's own containerd, by running that, and keeps the result as the node image. */
async function preload(docker: Docker, { root, image, hash, named }: Preload): Promise<void> {
  const container = `mdk-cluster-preload-${hash}`
  const inside = (...command: string[]) => docker.run(['exec', container, ...command], { logFile: LOG_FILE })
  await docker.run(['rm', '-f', container], { allowFailure: true })
  await docker.run(['run', '-d', '--name', container, '--privileged', '--entrypoint', 'sleep', root, 'infinity'])
  try {
    const config = 'sed s/@RESTRICT_OOM@/true/ /etc/containerd/config.toml >/tmp/config.toml'
    const start = `${config} && exec containerd -c /tmp/config.toml >/tmp/containerd.log 2>&1`
    await docker.run(['exec', '-d', container, 'sh', '-c', start])
    await untilAnswers(() => docker.run(['exec', container, 'ctr', 'version'], { allowFailure: true }))
    await pipeCommands(
      ['docker', 'save', ...new Set(named.values())],
      ['docker', 'exec', '-i', container, 'ctr', '-n', 'k8s.io', 'images', 'import', '--all-platforms', '-'],
      { env: docker.env, logFile: LOG_FILE },
    )
    for (const [name, part] of named) await inside('ctr', '-n', 'k8s.io', 'images', 'tag', `docker.io/${part}`, name)
    for (const part of new Set(named.values())) await inside('ctr', '-n', 'k8s.io', 'images', 'rm', `docker.io/${part}`)
    await inside('sh', '-c', 'kill $(pgrep -x containerd); while pgrep -x containerd >/dev/null; do sleep 0.1; done')
    await inside('sh', '-c', 'rm -rf /tmp/* /run/containerd')
    const changes = [
      'ENTRYPOINT ["/kind/entrypoint", "/lib/systemd/systemd"]',
      'CMD []',
      `LABEL io.mdk.cluster.inputs=${hash}`,
    ]
    await docker.run(['commit', ...changes.flatMap((change) => ['--change', change]), container, image])
  } finally {
    await docker.run(['rm', '-f', container], { allowFailure: true })
  }
}

async function untilAnswers(ask: () => Promise<{ exitCode: number; stderr: string }>): Promise<void> {
  const deadline = Date.now() + 30_000
  for (let asked = await ask(); asked.exitCode !== 0; asked = await ask()) {
    if (Date.now() > deadline) throw new Error(`containerd does not start in the node image: ${asked.stderr}`)
    await delay(200)
  }
}

/** Of our own node images only; one that a node still runs from stays, since Docker refuses to remove it. */
async function removeOlder(docker: Docker, current: string): Promise<void> {
  const tag = current.split(':')[1] ?? ''
  const hash = tag.split('-').at(-1) ?? ''
  for (const name of [REPOSITORY, 'node-root', 'system', 'coredns', 'pause'].map((n) =>
    n.replace(/^(?!mdk)/, 'mdk-cluster/'),
  )) {
    const listed = await docker.run(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', name])
    const old = listed.stdout.split('\n').filter((image) => image !== '' && !image.endsWith(hash))
    for (const image of old) await docker.run(['image', 'rm', image], { allowFailure: true })
  }
}

function buildArgs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
}
