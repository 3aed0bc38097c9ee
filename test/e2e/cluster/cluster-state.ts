import type { ClusterRecord } from './cluster-record.ts'

export interface NodeContainer {
  id: string
  name: string
  isRunning: boolean
}

/** What is to be done about a cluster of a name, from its containers and from what was written down when it was made. */
export type ClusterState =
  | { kind: 'absent' }
  /** All is as it was left: ready, if its API server says so. */
  | { kind: 'complete' }
  /** Complete, but nodes are stopped: the machine or Docker was started anew. */
  | { kind: 'stopped' }
  /** Making it was broken off, or nodes of it are gone: only making it anew helps. */
  | { kind: 'broken' }
  /** A kind cluster of this name that this project did not make. */
  | { kind: 'foreign' }

export function decideClusterState(
  containers: readonly NodeContainer[],
  record: ClusterRecord | undefined,
): ClusterState {
  if (containers.length === 0) return { kind: 'absent' }
  if (record === undefined) return { kind: 'foreign' }
  if (record.phase === 'creating') return { kind: 'broken' }
  const present = containers.map(({ id }) => id)
  if (!present.some((id) => record.containers.includes(id))) return { kind: 'foreign' }
  const isWhole = present.length === record.containers.length && record.containers.every((id) => present.includes(id))
  if (!isWhole) return { kind: 'broken' }
  return containers.every(({ isRunning }) => isRunning) ? { kind: 'complete' } : { kind: 'stopped' }
}
