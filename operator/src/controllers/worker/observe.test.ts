import { expect, test } from 'vitest'
import { assign, rack, readyDeployment, shardOf, worker } from '../../../test/controllers/samples.ts'
import type { MdkWorker } from '../../api/v1alpha1/index.ts'
import type { WorkerAssignment } from '../../assignment/assignment.ts'
import type { KubeObject } from '../../kube/types.ts'
import { secret } from '../../resources/secret.ts'
import { formatObject } from '../steps.ts'
import { findLeftovers } from './observe.ts'

const own = worker('w', { driver: 'simulated' })
const racks = [rack('r', { driver: 'simulated', devices: [{ name: 'm' }] })]

/** As the worker's controller made it, with a label that says nothing here. */
function owned(object: KubeObject, shard: string): KubeObject {
  const reference = { apiVersion: '', kind: '', name: 'w', uid: own.metadata.uid, controller: true }
  const labels = { 'mdk.io/shard': shard }
  return { ...object, metadata: { ...object.metadata, labels, ownerReferences: [reference] } }
}

const children = [
  owned(readyDeployment('w-r'), 'r'),
  owned(secret({ name: 'w-r-key' }, {}), 'relabelled'),
  owned(secret({ name: 'w-r-devices' }, {}), 'r'),
  owned(readyDeployment('w-gone'), 'r'),
  owned(secret({ name: 'w-gone-key' }, {}), 'gone'),
  readyDeployment('w-foreign'),
]

function leftovers(worker: MdkWorker, assignment: WorkerAssignment | null): string[] {
  return findLeftovers(children, worker, assignment).map(formatObject)
}

test('what no shard needs is left over, by its name whatever its labels say', () => {
  const assignment = assign(racks, [own]).workers.get('w')!
  expect(leftovers(own, assignment)).toEqual(['Deployment w-gone', 'Secret w-gone-key'])
})

test("a removed shard's Deployment is left over though another shard's Secret has its name", () => {
  const assignment = assign(racks, [own]).workers.get('w')!
  const running = [owned(readyDeployment('w-r-key'), 'r-key'), owned(readyDeployment('w-r-devices'), 'r-devices')]
  expect(findLeftovers([...children, ...running], own, assignment)).toEqual(expect.arrayContaining(running))
})

test('a shard whose name another worker has needs nothing', () => {
  const assignment = assign(racks, [own]).workers.get('w')!
  const taken = { ...assignment, shards: [{ ...shardOf('r', []), nameTakenBy: 'older' }] }
  expect(leftovers(own, taken)).toContain('Secret w-r-key')
})

test('without a site what runs is left over, and what it runs with is kept', () => {
  expect(leftovers(own, null)).toEqual(['Deployment w-r', 'Deployment w-gone'])
})

test.each([
  ['a driver', { driver: 'miner-abacus' }],
  ['a model', { driver: 'miner-whatsminer', model: 'M1' }],
])('%s that this release does not know takes nothing away', (_, spec) => {
  const rolledBack = worker('w', spec)
  expect(leftovers(rolledBack, assign(racks, [rolledBack]).workers.get('w')!)).toEqual([])
})
