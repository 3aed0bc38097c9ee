import type { Pod } from '../kube/types.ts'
import { decideRefresh, type LastRefresh, type RefreshQuestion } from './refresh.ts'
import { earliest, type Step } from './steps.ts'

/** What is asked of a pod, but for what this program remembers of it. */
export interface AskedPod extends Omit<RefreshQuestion, 'last'> {
  readonly pod: Pod
}

export interface Refreshes {
  readonly steps: readonly Step[]
  readonly againMs: number | null
}

/** Decides which pods are to refresh their files. `remembered` is by uid of the pod. */
export function decideRefreshes(
  asked: readonly AskedPod[],
  remembered: ReadonlyMap<string, LastRefresh>,
  nowMs: number,
): Refreshes {
  const answers = asked
    .filter(({ pod }) => isRunning(pod))
    .map(({ pod, ...question }) => {
      const last = remembered.get(pod.metadata.uid ?? '') ?? null
      return { pod, ...decideRefresh({ ...question, last }, nowMs) }
    })
  return {
    steps: answers.flatMap(({ pod, write }): Step[] => {
      if (write === null) return []
      const { value, ...remember } = write
      return [{ kind: 'refresh', pod, value, remember }]
    }),
    againMs: earliest(...answers.map(({ againMs }) => againMs)),
  }
}

/** Whether a pod has files to refresh: it runs, and isn't on its way out. */
function isRunning({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase === 'Running'
}
