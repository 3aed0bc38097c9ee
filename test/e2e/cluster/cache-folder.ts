import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where everything that is built or started for the cluster lives, apart from images (Docker has them) and Go's own caches:
 *
 *     programs/   compiled programs, one folder for each hash of their inputs
 *     docker/     the project's own dockerd: socket, pid, log, images and containers
 *     clusters/   a record and, for test clusters, a kubeconfig of each cluster
 *     host/       what was changed on the machine, so that it can be put back
 *     locks/      who builds or starts what just now
 *     debian-root/  a Debian that is being made an image; gone afterwards
 *     logs/       full output of the last build of each kind
 */
export function cacheFolder(...parts: string[]): string {
  // An empty XDG_CACHE_HOME means the default, as its specification has it.
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(base, 'mdk-operator', ...parts)
}
