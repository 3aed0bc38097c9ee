import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { kubectlProgram } from '../../../scripts/site/kubectl.ts'
import { runCommand } from '../cluster/command.ts'
import { findDocker } from '../cluster/docker.ts'
import { ensureHelm } from '../cluster/helm.ts'
import { terminalProgress } from '../cluster/progress.ts'
import { blocksOf, scriptOf } from './guide.ts'

const root = join(import.meta.dirname, '../../..')

/** What a reader's shell has, and the words with which `scriptOf` marks and compares. */
const prelude = `set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
at() { echo "## line $1"; }
shows() {
  local printed; printed=$(eval "$2"); echo "$printed"
  [ "$(echo "$printed" | head -n 1 | xargs)" = "$(echo "$1" | xargs)" ] || { echo "the guide shows: $1" >&2; return 1; }
}
curl() { command curl --fail-with-body --retry 20 --retry-delay 1 --retry-connrefused "$@"; }
`

/** Which part of a page is done, and what is different for a test. */
export interface Following {
  /** Headings whose blocks are done; all of them if absent. */
  readonly sections?: readonly string[]
  /** Texts that stand for others here, such as a port. */
  readonly instead?: Readonly<Record<string, string>>
  /** Where the commands run: in a folder of their own that has charts and manifests, or in the project's. */
  readonly where?: 'own-folder' | 'project'
}

/** Does what a page says on the cluster of the tests, and returns what that printed. Rejects at the first command that fails. */
export async function follow(page: string, { sections, instead = {}, where }: Following = {}): Promise<string> {
  const blocks = blocksOf(await readFile(join(root, page), 'utf8'))
  const missing = sections?.filter((name) => !blocks.some(({ section }) => section === name)) ?? []
  if (missing.length > 0) throw new Error(`${page} has no blocks under ${missing.join(', ')}`)
  const script = scriptOf(blocks.filter(({ section }) => sections?.includes(section) ?? true))
  const adapted = Object.entries(instead).reduce((text, [from, to]) => text.replaceAll(from, to), script)
  const folder = await mkdtemp(join(tmpdir(), 'mdk-guide-'))
  try {
    for (const name of ['charts', 'manifests']) await symlink(join(root, name), join(folder, name))
    const { stdout } = await runCommand('bash', ['-c', prelude + adapted], {
      cwd: where === 'project' ? root : folder,
      env: await readersEnvironment(folder),
      timeoutMs: 240_000,
    })
    return stdout
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readersEnvironment(folder: string): Promise<Record<string, string>> {
  await symlink(await kubectlProgram(), join(folder, 'kubectl'))
  await symlink(await ensureHelm(terminalProgress()), join(folder, 'helm'))
  const docker = await findDocker()
  return { ...docker?.env, KUBECONFIG: inject('kubeconfig'), PATH: `${folder}:${process.env['PATH'] ?? ''}` }
}
