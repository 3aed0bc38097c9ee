import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { runCommand } from './command.ts'
import { ensureGo } from './go-toolchain.ts'
import { hashInputs } from './input-hash.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'

/** The Helm that the chart is proven with, and the checker of its manifests. */
const HELM_VERSION = 'v4.3.1'
const KUBECONFORM_VERSION = 'v0.8.0'

interface GoProgram {
  name: string
  package: string
  version: string
}

/** Path of helm. Always the pinned version: what it says and how it waits differ between versions. */
export function ensureHelm(progress: Progress): Promise<string> {
  return ensureGoProgram({ name: 'helm', package: 'helm.sh/helm/v4/cmd/helm', version: HELM_VERSION }, progress)
}

/** Path of kubeconform, which checks manifests against JSON schemas. */
export function ensureKubeconform(progress: Progress): Promise<string> {
  const source = 'github.com/yannh/kubeconform/cmd/kubeconform'
  return ensureGoProgram({ name: 'kubeconform', package: source, version: KUBECONFORM_VERSION }, progress)
}

async function ensureGoProgram(program: GoProgram, progress: Progress): Promise<string> {
  const { name, version } = program
  const folder = cacheFolder('programs', `${name}-${hashInputs([version, process.platform, process.arch])}`)
  const path = join(folder, name)
  if (await exists(path)) return path
  return withLock({ name: `program-${name}`, progress }, async () => {
    if (await exists(path)) return path
    await mkdir(cacheFolder('programs'), { recursive: true })
    const fresh = await mkdtemp(cacheFolder('programs', `.${name}-`))
    try {
      await progress.step(`building ${name} ${version} from Go modules`, () => install(program, fresh, progress))
      await rename(fresh, folder)
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
    return path
  })
}

async function install({ name, package: path, version }: GoProgram, folder: string, progress: Progress): Promise<void> {
  const go = await ensureGo(progress)
  // These programs may need a newer Go than Kubernetes does: Go then fetches it, even where it was told to stay as it is.
  const env = { ...go.env, GOTOOLCHAIN: 'auto', CGO_ENABLED: '0', GOBIN: folder, GOFLAGS: '' }
  const args = ['install', '-trimpath', '-ldflags', '-s -w', `${path}@${version}`]
  await runCommand(go.path, args, { env, logFile: cacheFolder('logs', `go-${name}.log`) })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
