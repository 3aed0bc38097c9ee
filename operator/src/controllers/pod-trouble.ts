import type { Deployment, Pod } from '../kube/types.ts'
import { limitText } from './messages.ts'

/** What the scheduler, the kubelet or a policy writes may be long. */
const longestQuote = 256

const unpullable: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'RegistryUnavailable',
])
/** What a kubelet says on its way to a container that runs. */
const onItsWay: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])

/**
 * What keeps the pods of a component from running, for whoever must mend it; null while nothing does, or they are only on their way.
 * It holds nothing that changes by itself, such as how long a kubelet waits until it tries again.
 */
export function findPodTrouble(pods: readonly Pod[], deployment: Deployment | null = null): string | null {
  for (const pod of pods) {
    const trouble = troubleOf(pod)
    if (trouble !== null) return `pod ${pod.metadata.name ?? ''}: ${trouble}`
  }
  const failure = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  return failure === undefined ? null : `its pod can't be made: ${quote(failure.message)}`
}

/** Of one pod. */
export function troubleOf(pod: Pod): string | null {
  if (pod.metadata.deletionTimestamp !== undefined) return null
  const unscheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (unscheduled?.status === 'False' && unscheduled.reason === 'Unschedulable') {
    return `no node takes it: ${quote(unscheduled.message)}`
  }
  const waiting = pod.status?.containerStatuses?.find(({ state }) => state?.waiting !== undefined)
  return waiting === undefined ? null : troubleOfWaiting(waiting, pod)
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

function troubleOfWaiting({ name, state, lastState }: ContainerStatus, { spec }: Pod): string | null {
  const { reason, message } = state?.waiting ?? {}
  if (reason === undefined || onItsWay.has(reason)) return null
  if (unpullable.has(reason)) {
    return `its image ${spec?.containers.find((container) => container.name === name)?.image} can't be pulled`
  }
  return reason === 'CrashLoopBackOff' ? formatCrash(lastState) : `${reason}: ${quote(message)}`
}

function formatCrash(last: ContainerStatus['lastState']): string {
  const ended = last?.terminated
  const how = ended === undefined ? '' : `, with exit code ${ended.exitCode} (${ended.reason ?? 'unknown'})`
  return `its process ends again and again${how}`
}

function quote(message = ''): string {
  return message === '' ? 'nothing says why' : limitText(message, longestQuote)
}
