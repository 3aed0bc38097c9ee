import { dirname, join } from 'node:path'
import { inject } from 'vitest'
import { buildImage } from '../cluster/build-image.ts'
import { findDocker } from '../cluster/docker.ts'
import { openKindCluster } from '../cluster/kind-cluster.ts'
import { ensureOwnProgram } from '../cluster/programs.ts'
import { terminalProgress } from '../cluster/progress.ts'

const program = join(import.meta.dirname, '../cluster/programs/probe')

/** Builds the image of the program `probe` and brings it to the nodes. */
export async function loadProbe(): Promise<string> {
  const progress = terminalProgress()
  const docker = await findDocker()
  if (docker === undefined) throw new Error('the Docker of the test cluster does not answer')
  const { path, hash } = await ensureOwnProgram('probe', progress)
  const tag = `mdk-cluster/probe:${hash}`
  await buildImage(docker, { target: 'probe', tag, context: dirname(path), file: join(program, 'Dockerfile') })
  const name = inject('context').replace(/^kind-/, '')
  await (await openKindCluster({ name, docker, progress })).load([tag])
  return tag
}

/** The spec of a pod that runs one container and satisfies the restricted Pod Security Standard. */
export function restrictedPod(container: { readonly image: string; readonly [field: string]: unknown }): object {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'main',
        imagePullPolicy: 'Never',
        ...container,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  }
}
