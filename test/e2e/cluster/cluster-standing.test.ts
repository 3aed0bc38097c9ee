import { expect, test } from 'vitest'
import { formatStanding } from './cluster-standing.ts'

test('a cluster that runs is told with its own kubeconfig, or the context by which kubectl has it', () => {
  expect(formatStanding('complete', 'mdk-e2e', '/cache/mdk-e2e.kubeconfig')).toBe(
    'mdk-e2e runs: /cache/mdk-e2e.kubeconfig',
  )
  expect(formatStanding('complete', 'mdk', undefined)).toBe('mdk runs: kubectl has it as the context kind-mdk')
})

test('what is wrong with a cluster is told with what `up` does about it', () => {
  expect(formatStanding('stopped', 'mdk', undefined)).toBe('the nodes of mdk are stopped; up starts them again')
})
