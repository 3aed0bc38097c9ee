import { mkdir, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { readRecord, removeRecord, writeRecord } from './cluster-record.ts'
import type { ClusterStanding } from './cluster-standing.ts'
import { type ClusterState, decideClusterState, type NodeContainer } from './cluster-state.ts'
import { type CommandResult, runCommand } from './command.ts'
import { type Docker, ensureDocker, findDocker } from './docker.ts'
import {
  forgetHostState,
  KUBELET_SYSCTLS,
  parseSysctls,
  readSysctls,
  recallHostState,
  rememberHostState,
  writeSysctls,
} from './host-state.ts'
import { chooseNodeImage } from './image-choice.ts'
import { loadImages } from './load-images.ts'
import { heldLocks, withLock } from './lock.ts'
import { ensureNodeImage, findNodeImage } from './node-image.ts'
import { STOCK_NODE_IMAGE } from './pinned-versions.ts'
import { ensureKind, ensureNodeKubectl, requireKubectl } from './programs.ts'
import { type Progress, silentProgress } from './progress.ts'
import { tryPull } from './pull.ts'

export interface ClusterOptions {
  name: string
  progress: Progress
  /** The kubeconfig file that gets (and loses) the cluster's context. By default kubectl's own, as kind does. */
  kubeconfig?: string
}

/** A Kubernetes cluster whose nodes are Ready. */
export interface Cluster {
  name: string
  /** Its context in `kubeconfig`. */
  context: string
  kubeconfig: string
  docker: Docker
  /** Brings images from Docker to every node, those apart that a node has already. */
  load(images: readonly string[]): Promise<void>
}

const CLUSTER_LABEL = 'io.x-k8s.kind.cluster'
const SYSCTLS = 'kubelet-sysctls'
const HOST_LOCK = 'host'
const READY_WITHIN = '3m'

/** A ready cluster of that name: as it is, if it is; started again, or made, or made anew if it was left half made. */
export async function ensureCluster(options: ClusterOptions): Promise<Cluster> {
  const { progress } = options
  return withLock({ name: `cluster-${options.name}`, progress }, async () => {
    await requireKubectl()
    // Not while somebody who removed the last cluster stops the daemon.
    const docker = await withLock({ name: HOST_LOCK, progress }, () => ensureDocker(progress))
    const cluster = openCluster(docker, options)
    const state = await observeCluster(docker, options.name)
    const isUp = await bringBack(docker, state, options)
    if (!isUp) await createCluster(docker, options)
    else await ensureContext(docker, cluster, progress)
    await takeKubectl(docker, options)
    return cluster
  })
}

/**
 * Builds or pulls what a new cluster is made from, while there may be none, and lets more be done with Docker. Leaves the machine as
 * the last cluster would.
 */
export async function prepareClusters(progress: Progress, more: (docker: Docker) => Promise<void>): Promise<void> {
  const docker = await withLock({ name: HOST_LOCK, progress }, () => ensureDocker(progress))
  try {
    await ensureKind(progress)
    await selectNodeImage(docker, progress)
    await more(docker)
  } finally {
    await withLock({ name: HOST_LOCK, progress }, () => leaveHost(docker, progress))
  }
}

/** Looks, and changes nothing: a daemon that doesn't run is not started, and has no clusters. */
export async function lookAtCluster({ name }: { name: string }): Promise<ClusterStanding> {
  const docker = await findDocker()
  if (docker === undefined) return 'absent'
  const { kind } = await observeCluster(docker, name)
  if (kind !== 'complete') return kind
  return (await isReady(docker, await observeNodes(docker, name), 5_000)) ? kind : 'silent'
}

/**
 * Removes the cluster and, with the last one, what its nodes changed on this machine, and our dockerd if nothing runs in it.
 * What was built stays in the cache folder and in Docker. Does nothing if there is no such cluster. Returns the Docker that it looked
 * in, if there was one.
 */
export async function removeCluster(options: ClusterOptions): Promise<Docker | undefined> {
  const { name, progress } = options
  // With a daemon that was stopped, or a machine that was started anew, the containers are still there.
  const isRecorded = (await readRecord(name)) !== undefined
  const docker = isRecorded ? await ensureDocker(progress) : await findDocker()
  if (docker === undefined) {
    progress.note(`there is no cluster ${name}`)
    return undefined
  }
  await withLock({ name: `cluster-${name}`, progress }, async () => {
    const state = await observeCluster(docker, name)
    if (state.kind === 'foreign') throw foreignCluster(name)
    if (state.kind === 'absent') progress.note(`there is no cluster ${name}`)
    else await progress.step(`removing the cluster ${name}`, () => deleteCluster(docker, options))
    await removeRecord(name)
  })
  await withLock({ name: HOST_LOCK, progress }, () => leaveHost(docker, progress))
  return docker
}

/** After the last cluster: puts the machine back as it was before the first. */
async function leaveHost(docker: Docker, progress: Progress): Promise<void> {
  const nodes = await docker.run(['ps', '-aq', '--filter', `label=${CLUSTER_LABEL}`])
  if (nodes.stdout.trim() !== '' || (await heldLocks('cluster-')).length > 0) return
  await restoreSysctls(progress)
  const stopped = await docker.stop(progress)
  if (stopped.kind === 'in-use') progress.note(`our dockerd goes on: it runs ${stopped.containers.join(', ')}`)
}

/** A kind cluster that exists, whoever made it. */
export async function openKindCluster(options: {
  name: string
  docker: Docker
  progress?: Progress
  kubeconfig?: string
}): Promise<Cluster> {
  const { name, docker } = options
  if ((await observeNodes(docker, name)).length === 0) {
    throw new Error(
      `There is no kind cluster "${name}" in the Docker that is used here. DOCKER_HOST names another one.`,
    )
  }
  return openCluster(docker, { progress: silentProgress, ...options })
}

/** The kubeconfig of a cluster that is to stay out of the user's. */
export function ownKubeconfig(name: string): string {
  return cacheFolder('clusters', `${name}.kubeconfig`)
}

function openCluster(docker: Docker, { name, progress, kubeconfig }: ClusterOptions): Cluster {
  return {
    name,
    context: `kind-${name}`,
    kubeconfig: kubeconfig ?? defaultKubeconfig(),
    docker,
    load: async (images) => {
      const nodes = (await observeNodes(docker, name)).map((node) => node.name)
      await loadImages(docker, nodes, images, {
        step: (names, work) => progress.step(`loading ${names.join(', ')} into ${name}`, work),
        sendWhole: (names) => runKind(docker, progress, ['load', 'docker-image', ...names], { name }),
      })
    },
  }
}

/** Where kind and kubectl write if nobody says otherwise. */
function defaultKubeconfig(): string {
  const first = process.env['KUBECONFIG']?.split(delimiter).find((path) => path !== '')
  return first ?? join(homedir(), '.kube', 'config')
}

async function observeNodes(docker: Docker, name: string): Promise<NodeContainer[]> {
  const filter = `label=${CLUSTER_LABEL}=${name}`
  const listed = await docker.run([
    'ps',
    '-a',
    '--no-trunc',
    '--filter',
    filter,
    '--format',
    '{{.ID}} {{.Names}} {{.State}}',
  ])
  const lines = listed.stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [id = '', container = '', state] = line.split(' ')
    return { id, name: container, isRunning: state === 'running' }
  })
}

async function observeCluster(docker: Docker, name: string): Promise<ClusterState> {
  return decideClusterState(await observeNodes(docker, name), await readRecord(name))
}

/** Whether the cluster is up after all that can be done short of making it. What is in the way of making it is removed. */
async function bringBack(docker: Docker, state: ClusterState, options: ClusterOptions): Promise<boolean> {
  const { name, progress } = options
  const nodes = await observeNodes(docker, name)
  switch (state.kind) {
    case 'absent':
      return false
    case 'foreign':
      throw foreignCluster(name)
    case 'broken':
      progress.note(`the cluster ${name} was left half made, or lost nodes: it is made anew`)
      break
    case 'complete':
      if (await isReady(docker, nodes, 20_000)) return true
      progress.note(`the cluster ${name} does not answer: it is made anew`)
      break
    case 'stopped': {
      await progress.step(`starting the nodes of ${name} again`, () =>
        docker.run(['start', ...nodes.map((node) => node.name)]),
      )
      if (await isReady(docker, nodes, 90_000)) return true
      progress.note(`the cluster ${name} did not come back: it is made anew`)
    }
  }
  await deleteCluster(docker, options)
  return false
}

/** Asks the API server of the first control plane node, from inside, until it is ready. */
async function isReady(docker: Docker, nodes: readonly NodeContainer[], withinMs: number): Promise<boolean> {
  const node = nodes.find(({ name }) => name.endsWith('-control-plane'))
  if (node === undefined) return false
  const ask = 'until kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz; do sleep 0.5; done'
  const asked = await docker.run(['exec', node.name, 'sh', '-c', ask], { allowFailure: true, timeoutMs: withinMs })
  return asked.exitCode === 0
}

async function createCluster(docker: Docker, options: ClusterOptions): Promise<void> {
  const { name, progress, kubeconfig } = options
  // First what may be lacking on this machine: without Go there is no kind, and then all that is pulled would be for nothing.
  await ensureKind(progress)
  const nodeImage = await selectNodeImage(docker, progress)
  await rememberHostState(SYSCTLS, () => readSysctls(KUBELET_SYSCTLS))
  await writeRecord(name, { phase: 'creating', nodeImage, containers: [] })
  if (kubeconfig !== undefined) await mkdir(dirname(kubeconfig), { recursive: true })
  await progress.step(`kind create cluster --name ${name}`, () =>
    runKind(docker, progress, ['create', 'cluster', '--image', nodeImage, '--wait', READY_WITHIN], options),
  )
  const containers = (await observeNodes(docker, name)).map(({ id }) => id)
  await writeRecord(name, { phase: 'ready', nodeImage, containers })
}

/** Whatever is installed on the cluster needs a kubectl, and nobody has to have one for that. */
async function takeKubectl(docker: Docker, { name, progress }: ClusterOptions): Promise<void> {
  const [node] = await observeNodes(docker, name)
  const record = await readRecord(name)
  if (node === undefined || record === undefined) return
  // In a node image that was built here it is a link.
  const copyTo = async (path: string) => {
    await docker.run(['cp', '-L', `${node.name}:/usr/bin/kubectl`, path])
  }
  await ensureNodeKubectl(record.nodeImage, copyTo, progress)
}

async function selectNodeImage(docker: Docker, progress: Progress): Promise<string> {
  const choice = await chooseNodeImage({
    stockIsPresent: await docker.hasImage(STOCK_NODE_IMAGE),
    builtIsPresent: (await findNodeImage(docker)) !== undefined,
    hasAllPrivileges: await hasAllPrivileges(docker),
    pullStock: () => tryPull(docker, STOCK_NODE_IMAGE, progress),
  })
  return choice === 'stock' ? STOCK_NODE_IMAGE : (await ensureNodeImage(docker, progress)).image
}

/** Our own dockerd says by its default runtime that it had to be kept from granting everything. */
async function hasAllPrivileges(docker: Docker): Promise<boolean> {
  return (await docker.run(['info', '--format', '{{.DefaultRuntime}}'])).stdout.trim() !== 'ocifit'
}

async function deleteCluster(docker: Docker, options: ClusterOptions): Promise<void> {
  await runKind(docker, options.progress, ['delete', 'cluster'], options)
  await rm(ownKubeconfig(options.name), { force: true })
}

async function restoreSysctls(progress: Progress): Promise<void> {
  const before = await recallHostState(SYSCTLS)
  if (before === undefined) return
  const refused = Object.entries(await writeSysctls(parseSysctls(before)))
  if (refused.length > 0) {
    const command = `sysctl -w ${refused.map(([key, value]) => `${key}=${value}`).join(' ')}`
    progress.note(`the cluster's kubelet changed settings of this machine; to put them back, as root: ${command}`)
  }
  await forgetHostState(SYSCTLS)
}

/** Writes the context again if the file lacks it or has it with another port or other keys. */
async function ensureContext(docker: Docker, cluster: Cluster, progress: Progress): Promise<void> {
  const wanted = await runKind(docker, progress, ['get', 'kubeconfig'], { name: cluster.name })
  const present = await readFile(cluster.kubeconfig, 'utf8').catch(() => '')
  const marks = wanted.stdout.match(/^ +(server|client-certificate-data|name): .+$/gm) ?? []
  if (marks.every((mark) => present.includes(mark.trim()))) return
  await mkdir(dirname(cluster.kubeconfig), { recursive: true })
  await runKind(docker, progress, ['export', 'kubeconfig'], cluster)
}

async function runKind(
  docker: Docker,
  progress: Progress,
  args: readonly string[],
  { name, kubeconfig }: { name: string; kubeconfig?: string },
): Promise<CommandResult> {
  const takesKubeconfig = kubeconfig !== undefined && args[0] !== 'get' && args[0] !== 'load'
  const all = [...args, '--name', name, ...(takesKubeconfig ? ['--kubeconfig', kubeconfig] : [])]
  return runCommand(await ensureKind(progress), all, {
    env: { ...docker.env, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
    logFile: cacheFolder('logs', `kind-${name}.log`),
  })
}

function foreignCluster(name: string): Error {
  return new Error(
    `There is a kind cluster "${name}" that this project has no record of. Choose another name, or remove it yourself: kind delete cluster --name ${name}`,
  )
}
