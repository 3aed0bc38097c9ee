import { join } from 'node:path'
import { proxyBuildArgs } from './build-surroundings.ts'
import { cacheFolder } from './cache-folder.ts'
import type { Docker } from './docker.ts'

export interface ImageBuild {
  /** Stage of the Dockerfile. */
  target: string
  tag: string
  /** Folder that the Dockerfile may copy from. */
  context: string
  /** Default: `Dockerfile` in the context. */
  file?: string
  /** Values of the Dockerfile's `ARG`s. */
  buildArgs?: Readonly<Record<string, string>>
}

/** Builds a target of a Dockerfile, with BuildKit if Docker has it. The full output is in the cache folder's logs. */
export async function buildImage(docker: Pick<Docker, 'run' | 'hasBuildKit'>, build: ImageBuild): Promise<void> {
  const { target, tag, context, file = join(context, 'Dockerfile'), buildArgs = {} } = build
  const values = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const args = ['--target', target, '-t', tag, '-f', file, ...values, ...proxyBuildArgs(process.env)]
  await docker.run(['build', ...cleanUpArgs(docker), ...args, context], {
    logFile: cacheFolder('logs', `docker-${target}.log`),
  })
}

/** The classic builder keeps the container of a step that failed, unless it is told not to; BuildKit leaves none. */
export function cleanUpArgs({ hasBuildKit }: Pick<Docker, 'hasBuildKit'>): string[] {
  return hasBuildKit ? [] : ['--force-rm']
}
