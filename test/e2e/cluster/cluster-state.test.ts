import { expect, test } from 'vitest'
import type { ClusterRecord } from './cluster-record.ts'
import { decideClusterState } from './cluster-state.ts'

const node = (id: string, isRunning = true) => ({ id, name: `${id}-control-plane`, isRunning })
const ready = (...containers: string[]): ClusterRecord => ({ phase: 'ready', nodeImage: 'node', containers })
const creating: ClusterRecord = { phase: 'creating', nodeImage: 'node', containers: [] }

test('without containers there is no cluster, whatever was written down', () => {
  expect(decideClusterState([], ready('a'))).toEqual({ kind: 'absent' })
  expect(decideClusterState([], undefined)).toEqual({ kind: 'absent' })
})

test('a cluster that was left half made, or lost a node, is broken', () => {
  expect(decideClusterState([node('a')], creating)).toEqual({ kind: 'broken' })
  expect(decideClusterState([node('a')], ready('a', 'b'))).toEqual({ kind: 'broken' })
  expect(decideClusterState([node('a'), node('b')], ready('a'))).toEqual({ kind: 'broken' })
})

test('a cluster that somebody else made under the same name is foreign', () => {
  expect(decideClusterState([node('x')], undefined)).toEqual({ kind: 'foreign' })
  expect(decideClusterState([node('x')], ready('a'))).toEqual({ kind: 'foreign' })
})

test('the containers that were written down make it complete, or stopped if one does not run', () => {
  expect(decideClusterState([node('b'), node('a')], ready('a', 'b'))).toEqual({ kind: 'complete' })
  expect(decideClusterState([node('a'), node('b', false)], ready('a', 'b'))).toEqual({ kind: 'stopped' })
})
