import type { Kube } from '../../kube/kube.ts'
import type { Secret } from '../../kube/types.ts'
import type { ClusterView } from '../cluster-view.ts'

/** Reads Secrets that sites refer to, each version once. */
export interface SourceReader {
  /** Null if there is none. */
  read(namespace: string, name: string, signal: AbortSignal): Promise<Secret | null>
}

/** Their content isn't watched, since that would mean keeping every Secret of the cluster; their versions are. */
export function createSourceReader(view: Pick<ClusterView, 'secretHeads'>, kube: Pick<Kube, 'get'>): SourceReader {
  const known = new Map<string, Secret>()
  return {
    async read(namespace, name, signal) {
      const key = `${namespace}/${name}`
      const head = view.secretHeads.get(namespace, name)
      if (head === null) {
        known.delete(key)
        return null
      }
      const before = known.get(key)
      if (before !== undefined && before.metadata.resourceVersion === head.metadata.resourceVersion) return before
      const secret = await kube.get({ kind: 'Secret', namespace, name }, signal)
      if (secret === null) known.delete(key)
      else known.set(key, secret)
      return secret
    },
  }
}
