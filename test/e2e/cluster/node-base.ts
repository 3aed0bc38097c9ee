import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuildBase } from './build-base.ts'
import { cleanUpArgs } from './build-image.ts'
import { observeBuildSurroundings } from './build-surroundings.ts'
import { cacheFolder } from './cache-folder.ts'
import { runCommand } from './command.ts'
import { ensureDebianImage } from './debian-image.ts'
import type { Docker } from './docker.ts'
import { hashFolder, hashInputs } from './input-hash.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'
import { tryPull } from './pull.ts'

/** What the project's Dockerfile is made FROM, unless it is told otherwise. */
const NODE_BASE = 'node:24-bookworm-slim'

const LABEL = 'io.mdk.node-base.inputs'
const FOLDER = join(import.meta.dirname, 'node-base')
const NPM_VERSION = '11.21.2'
const ROOT_PACKAGE = join(import.meta.dirname, '../../../package.json')

/**
 * The image that the project's Dockerfile is to be built from. Under the name `node:24-bookworm-slim` there is the official one, if
 * a registry gives it, else one made here of Debian and npm packages, which has this machine's package sources from the start.
 */
export async function ensureNodeBase(docker: Docker, progress: Progress): Promise<string> {
  return withLock({ name: 'image-node-base', progress }, async () => {
    const present = await inputsOfPresent(docker)
    const isOfficial = present === 'official' || (present === undefined && (await tryPull(docker, NODE_BASE, progress)))
    if (isOfficial) return ensureBuildBase(docker, NODE_BASE, progress)
    await ensureStandIn(docker, present, progress)
    return NODE_BASE
  })
}

/** `official`, or the inputs' hash of a stand-in, or undefined if there is no such image. */
async function inputsOfPresent(docker: Docker): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${LABEL}"}}`
  const asked = await docker.run(['image', 'inspect', '--format', format, NODE_BASE], { allowFailure: true })
  if (asked.exitCode !== 0) return undefined
  return asked.stdout.trim() || 'official'
}

async function ensureStandIn(docker: Docker, present: string | undefined, progress: Progress): Promise<void> {
  const debian = await ensureDebianImage(docker, progress)
  const { npmConfig } = await observeBuildSurroundings()
  const nodeVersion = parseNodeVersion(await readFile(ROOT_PACKAGE, 'utf8'))
  const hash = hashInputs([debian.hash, nodeVersion, NPM_VERSION, ...npmConfig, await hashFolder(FOLDER)])
  if (hash === present) return
  await progress.step(`building a stand-in for ${NODE_BASE}`, async () => {
    const context = await mkdtemp(join(tmpdir(), 'mdk-node-base-'))
    try {
      await fillContext(context, nodeVersion, npmConfig)
      const inputs = ['-t', NODE_BASE, '--build-arg', `DEBIAN=${debian.image}`, '--label', `${LABEL}=${hash}`]
      await docker.run(['build', ...cleanUpArgs(docker), ...inputs, context], {
        logFile: cacheFolder('logs', 'node-base.log'),
      })
    } finally {
      await rm(context, { recursive: true, force: true })
    }
  })
}

async function fillContext(context: string, nodeVersion: string, npmConfig: readonly string[]): Promise<void> {
  await cp(FOLDER, context, { recursive: true })
  await writeFile(join(context, 'npmrc'), npmConfig.map((line) => `${line}\n`).join(''))
  const root = join(context, 'root')
  const npmFolder = join(root, 'lib/node_modules/npm')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(npmFolder, { recursive: true })
  const packages = join(context, 'packages')
  await mkdir(packages)
  const node = `node-linux-${process.arch}@${nodeVersion}`
  await runCommand('npm', ['pack', '--silent', node, `npm@${NPM_VERSION}`], { cwd: packages })
  for (const name of await readdir(packages)) {
    const unpack = name.startsWith('npm-')
      ? ['-C', npmFolder, '--strip-components=1']
      : ['-C', root, '--strip-components=1', 'package/bin/node']
    await runCommand('tar', ['-xzf', join(packages, name), ...unpack])
  }
  await rm(packages, { recursive: true })
  for (const program of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${program}-cli.js`, join(root, 'bin', program))
    await chmod(join(npmFolder, 'bin', `${program}-cli.js`), 0o755)
  }
}

/** The Node.js that the repository itself runs on: the version of the npm package `node` in the root package.json. */
export function parseNodeVersion(packageJson: string): string {
  const version = /"node": "(\d+\.\d+\.\d+)"/.exec(packageJson)?.[1]
  if (version === undefined)
    throw new Error('package.json has no exact version of the package "node" in devDependencies')
  return version
}
