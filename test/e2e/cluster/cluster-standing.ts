import type { ClusterState } from './cluster-state.ts'

/** How a cluster of some name stands. `silent`: all of it runs, and its API server does not answer. */
export type ClusterStanding = ClusterState['kind'] | 'silent'

/** A sentence. `kubeconfig` is the cluster's own file; without one, its context is in kubectl's configuration. */
export function formatStanding(standing: ClusterStanding, name: string, kubeconfig: string | undefined): string {
  const place = kubeconfig ?? `kubectl has it as the context kind-${name}`
  const texts: Readonly<Record<ClusterStanding, string>> = {
    absent: `no cluster ${name}`,
    complete: `${name} runs: ${place}`,
    silent: `${name} runs, and its API server does not answer; up waits for it, and makes it anew if it stays silent`,
    stopped: `the nodes of ${name} are stopped; up starts them again`,
    broken: `${name} is being made, was left half made, or has lost nodes: up makes it anew, down removes it`,
    foreign: `there is a kind cluster ${name} that this project has not made`,
  }
  return texts[standing]
}
