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
}

/** Builds a target of a Dockerfile, with BuildKit if Docker has it. The full output is in the cache folder's logs. */
export async function buildImage(docker: Docker, { target, tag, context, file }: ImageBuild): Promise<void> {
  const dockerfile = file ?? join(context, 'Dockerfile')
  const args = ['build', '--target', target, '-t', tag, '-f', dockerfile, ...proxyBuildArgs(process.env), context]
  await docker.run(args, { logFile: cacheFolder('logs', `docker-${target}.log`) })
}
