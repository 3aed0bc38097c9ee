import { expect, test } from 'vitest'
import type { Deployment, Pod } from '../kube/types.ts'
import { findPodTrouble } from './pod-trouble.ts'

type Status = NonNullable<Pod['status']>

const image = 'registry.example.com/mdk:v9'

function pod(status: Status, change: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', ...change },
    spec: { containers: [{ name: 'ork', image }] },
    status,
  }
}

type ContainerStatus = NonNullable<Status['containerStatuses']>[number]

function waiting(reason: string, message?: string, lastState: ContainerStatus['lastState'] = {}): Status {
  const state = { waiting: { reason, ...(message !== undefined && { message }) } }
  return { containerStatuses: [{ name: 'ork', image, imageID: '', ready: false, restartCount: 0, state, lastState }] }
}

const unscheduled = (message: string): Status => ({
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
})

test.each<[string, Status, string | null]>([
  ['a pod without a word', {}, null],
  ['a container that is being made', waiting('ContainerCreating'), null],
  ['a pod that waits for its volumes', { conditions: [{ type: 'PodScheduled', status: 'True' }] }, null],
  ['an image that no registry has', waiting('ErrImagePull', 'rpc error'), `its image ${image} can't be pulled`],
  ['the same while it is waited', waiting('ImagePullBackOff', 'Back-off'), `its image ${image} can't be pulled`],
  [
    'a Secret that is missing',
    waiting('CreateContainerConfigError', 'secret "x" not found'),
    'CreateContainerConfigError: secret "x" not found',
  ],
  ['a failure without a word', waiting('RunContainerError'), 'RunContainerError: nothing says why'],
  [
    'a process that ends',
    waiting('CrashLoopBackOff', 'back-off 40s', { terminated: { exitCode: 137, reason: 'OOMKilled' } }),
    'its process ends again and again, with exit code 137 (OOMKilled)',
  ],
  ['one of which nothing is known', waiting('CrashLoopBackOff'), 'its process ends again and again'],
  ['a pod that no node takes', unscheduled('0/1 nodes are available'), 'no node takes it: 0/1 nodes are available'],
])('%s', (_, status, trouble) => {
  expect(findPodTrouble([pod(status)])).toBe(trouble === null ? null : `pod p: ${trouble}`)
})

test('a pod that is on its way out does not count, and the first that has a trouble is told', () => {
  const leaving = pod(waiting('ErrImagePull'), { name: 'old', deletionTimestamp: '2026-01-01T00:00:00Z' })
  expect(findPodTrouble([leaving])).toBeNull()
  expect(findPodTrouble([leaving, pod({}), pod(unscheduled('x'), { name: 'q' })])).toBe('pod q: no node takes it: x')
})

test('a pod that may not be made is told by its Deployment', () => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'pods "p" is forbidden: exceeded quota' }]
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, status: { conditions } } as Deployment
  expect(findPodTrouble([], deployment)).toBe('its pod can\'t be made: pods "p" is forbidden: exceeded quota')
  expect(findPodTrouble([pod(waiting('ErrImagePull'))], deployment)).toContain('pulled')
  expect(findPodTrouble([], null)).toBeNull()
})
