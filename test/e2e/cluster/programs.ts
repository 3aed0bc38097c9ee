import { mkdir, mkdtemp, readdir, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { runCommand } from './command.ts'
import { ensureGo, type Go } from './go-toolchain.ts'
import { hashFolder, hashInputs } from './input-hash.ts'
import { withLock } from './lock.ts'
import { KIND_VERSION, KUBERNETES_VERSION } from './pinned-versions.ts'
import { findProgram, PrerequisiteMissing } from './prerequisites.ts'
import type { Progress } from './progress.ts'

/** A program in the cache. `hash` stands for everything that it was made from. */
export interface BuiltProgram {
  path: string
  hash: string
}

interface Recipe {
  name: string
  hash: string
  /** Builds the program into the folder, named as the recipe. */
  build(go: Go, folder: string): Promise<void>
  /** What the person should know before it begins. */
  hint?: string
}

/** How many builds of one program are kept: two work trees may differ. */
const KEPT_BUILDS = 2
const NODE_KUBECTL = 'kubectl'
const SOURCES = join(import.meta.dirname, 'programs')
const GO_BUILD = ['build', '-trimpath', '-buildvcs=false']

/**
 * etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy, kubelet, kubeadm, kubectl, CoreDNS and the two
 * node agents in one static file. Run it as `kubernetes NAME ARGS…`; a `kubectl` that leads to it lies beside it.
 */
export async function ensureKubernetesBinary(progress: Progress): Promise<BuiltProgram> {
  const recipe = await ownRecipe('kubernetes', `-s -w ${kubernetesVersionFlags()}`)
  return ensureBuilt(progress, {
    ...recipe,
    build: async (go, folder) => {
      await recipe.build(go, folder)
      await symlink('kubernetes', join(folder, 'kubectl'))
    },
  })
}

/** A program of this project: `ocifit`, `pause` or `probe`. */
export async function ensureOwnProgram(name: 'ocifit' | 'pause' | 'probe', progress: Progress): Promise<BuiltProgram> {
  return ensureBuilt(progress, await ownRecipe(name, '-s -w'))
}

/** A program of the tests, from a folder of Go sources that is named as the program. It runs on this machine. */
export async function ensureTestProgram(source: string, progress: Progress): Promise<string> {
  const name = basename(source)
  const hash = hashInputs([await hashFolder(source), process.platform, process.arch])
  const build = async (go: Go, folder: string) => {
    // Its modules may need a newer Go than Kubernetes does: Go then fetches it.
    const env = { ...go.env, GOTOOLCHAIN: 'auto', CGO_ENABLED: '0', GOFLAGS: '' }
    const args = [...GO_BUILD, '-ldflags', '-s -w', '-o', join(folder, name), '.']
    await runCommand(go.path, args, { env, cwd: source, logFile: cacheFolder('logs', `go-${name}.log`) })
  }
  return (await ensureBuilt(progress, { name, hash, build })).path
}

/** kind: the one on PATH if it is of the proven minor version, else the proven version out of Go modules. */
export async function ensureKind(progress: Progress): Promise<string> {
  const onPath = await findProgram('kind')
  if (onPath !== undefined) {
    const asked = await runCommand(onPath, ['version', '-q'], { allowFailure: true })
    if (isProvenKind(asked.stdout)) return onPath
  }
  const built = await ensureBuilt(progress, {
    name: 'kind',
    hash: hashInputs([KIND_VERSION, process.platform, process.arch]),
    build: async (go, folder) => {
      const env = { ...go.env, CGO_ENABLED: '0', GOBIN: folder, GOFLAGS: '' }
      const args = ['install', '-trimpath', '-ldflags', '-s -w', `sigs.k8s.io/kind@${KIND_VERSION}`]
      await runCommand(go.path, args, { env, logFile: cacheFolder('logs', 'go-kind.log') })
    },
  })
  return built.path
}

export function isProvenKind(version: string): boolean {
  const minor = (text: string) => text.trim().replace(/^v/, '').split('.').slice(0, 2).join('.')
  return minor(version) === minor(KIND_VERSION)
}

/**
 * kubectl as the nodes of a cluster have it, in the cache: copied out of one by `copyTo` unless there is one already. A node is a
 * Linux machine, so it is of use on Linux only.
 */
export async function ensureNodeKubectl(
  nodeImage: string,
  copyTo: (path: string) => Promise<void>,
  progress: Progress,
): Promise<void> {
  if (process.platform !== 'linux' || (await exists(await builtKubectl()))) return
  await ensureProgram(progress, {
    name: NODE_KUBECTL,
    hash: hashInputs([nodeImage]),
    make: (folder) => copyTo(join(folder, NODE_KUBECTL)),
  })
}

/** The kubectl to use, if there is any. */
export async function findKubectl(): Promise<string | undefined> {
  const built = await builtKubectl()
  const [ofNode] = await buildsOf(NODE_KUBECTL)
  return chooseKubectl({
    platform: process.platform,
    built: (await exists(built)) ? built : undefined,
    ofNode: ofNode === undefined ? undefined : join(ofNode, NODE_KUBECTL),
    onPath: await findProgram('kubectl'),
  })
}

export interface KubectlSurroundings {
  platform: NodeJS.Platform
  /** Compiled with Kubernetes, for Linux. */
  built: string | undefined
  /** Taken out of a node, for Linux. */
  ofNode: string | undefined
  onPath: string | undefined
}

/** Those of the cluster's own version first: one on PATH may be years older. */
export function chooseKubectl({ platform, built, ofNode, onPath }: KubectlSurroundings): string | undefined {
  return (platform === 'linux' ? (built ?? ofNode) : undefined) ?? onPath
}

export function kubectlMissing(): PrerequisiteMissing {
  return new PrerequisiteMissing(
    'There is no kubectl on PATH, and operator and site are installed with it.',
    'install it (https://kubernetes.io/docs/tasks/tools), then run this again.',
  )
}

/** Where a node's kubectl can't run there must be one before a cluster is made. */
export async function requireKubectl(): Promise<void> {
  if (process.platform !== 'linux' && (await findKubectl()) === undefined) throw kubectlMissing()
}

async function builtKubectl(): Promise<string> {
  const { hash } = await ownRecipe('kubernetes', `-s -w ${kubernetesVersionFlags()}`)
  return join(buildFolder('kubernetes', hash), 'kubectl')
}

async function ownRecipe(name: string, ldflags: string): Promise<Recipe> {
  const source = join(SOURCES, name)
  const hash = hashInputs([await hashFolder(source), ldflags, process.arch])
  const build = async (go: Go, folder: string) => {
    // The programs run in Linux containers, whatever this machine is.
    const env = { ...go.env, CGO_ENABLED: '0', GOOS: 'linux' }
    const args = [...GO_BUILD, '-ldflags', ldflags, '-o', join(folder, name), '.']
    await runCommand(go.path, args, { env, cwd: source, logFile: cacheFolder('logs', `go-${name}.log`) })
  }
  const hint =
    name === 'kubernetes'
      ? 'Kubernetes is compiled once, with empty Go caches in 5 to 8 minutes on two idle cores'
      : undefined
  return { name, hash, build, ...(hint !== undefined && { hint }) }
}

/** What `kubectl version`, kubeadm's checks and the image tags go by. */
function kubernetesVersionFlags(): string {
  const [major = '', minor = ''] = KUBERNETES_VERSION.replace('v', '').split('.')
  const values = { gitVersion: KUBERNETES_VERSION, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  return packages
    .flatMap((name) => Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`))
    .join(' ')
}

async function ensureBuilt(progress: Progress, { name, hash, build, hint }: Recipe): Promise<BuiltProgram> {
  return ensureProgram(progress, {
    name,
    hash,
    make: async (folder) => {
      const go = await ensureGo(`to build ${name} from Go modules`, progress)
      if (hint !== undefined) progress.note(hint)
      await progress.step(`building ${name} from Go modules`, () => build(go, folder))
    },
  })
}

interface Making extends Pick<Recipe, 'name' | 'hash'> {
  /** Puts the program into the folder, named as it is. */
  make(folder: string): Promise<void>
}

async function ensureProgram(progress: Progress, { name, hash, make }: Making): Promise<BuiltProgram> {
  const folder = buildFolder(name, hash)
  const program = { path: join(folder, name), hash }
  if (await exists(program.path)) return program
  return withLock({ name: `program-${name}`, progress }, async () => {
    if (await exists(program.path)) return program
    await mkdir(cacheFolder('programs'), { recursive: true })
    const fresh = await mkdtemp(cacheFolder('programs', `.${name}-`))
    try {
      await make(fresh)
      await rename(fresh, folder)
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
    await removeOldBuilds(name)
    return program
  })
}

async function removeOldBuilds(name: string): Promise<void> {
  const old = (await buildsOf(name)).slice(KEPT_BUILDS)
  for (const path of old) await rm(path, { recursive: true, force: true })
}

/** The folders of a program's builds, newest first. */
async function buildsOf(name: string): Promise<string[]> {
  const pattern = new RegExp(`^${name}-[0-9a-f]{16}$`)
  const folders = (await readdir(cacheFolder('programs')).catch(() => [])).filter((entry) => pattern.test(entry))
  const aged = await Promise.all(
    folders.map(async (entry) => {
      const path = cacheFolder('programs', entry)
      return { path, modified: (await stat(path)).mtimeMs }
    }),
  )
  return aged.sort((a, b) => b.modified - a.modified).map(({ path }) => path)
}

function buildFolder(name: string, hash: string): string {
  return cacheFolder('programs', `${name}-${hash}`)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
