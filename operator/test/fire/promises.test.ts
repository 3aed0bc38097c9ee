import { expect, test } from 'vitest'
import { formatDiscovery, keyPairOfSeed } from '../../../runtime/src/contract/index.ts'
import { findBrokenPromises } from './promises.ts'
import type { Sighting } from './witness.ts'

const pair = keyPairOfSeed('1'.repeat(64))
const base64 = (text: string) => Buffer.from(text).toString('base64')

function sighting(kind: string, name: string, rest: object, uid = 'one'): Sighting {
  return { change: 'updated', object: { apiVersion: 'v1', kind, metadata: { name, uid }, ...rest } }
}
const key = (text: string, uid?: string) => sighting('Secret', 's-ork-key', { data: { publicKey: base64(text) } }, uid)
const site = (status: object) => sighting('MdkSite', 's', { status })
const ork = (image: string, uid?: string) =>
  sighting('Deployment', 's-ork', { spec: { replicas: 1, template: { spec: { containers: [{ image }] } } } }, uid)
const discovery = (publicKey: string) =>
  sighting('ConfigMap', 's-discovery', { data: { 'discovery.json': formatDiscovery(publicKey, ['dht:49737']) } })
const shown = { ork: { publicKey: pair.publicKey } }

test('a life in which every promise was kept is not complained of', () => {
  const life = [site({}), key(pair.publicKey), discovery(pair.publicKey), site(shown), ork('a'), site(shown), ork('a')]
  const end = [sighting('Deployment', 's-ork', {}), sighting('MdkSite', 's', {})].map(({ object }) => ({
    change: 'deleted' as const,
    object,
  }))
  expect(findBrokenPromises([...life, ...end])).toEqual([])
})

test.each([
  ['a key that is changed', [key('a'), key('b')], 'Secret s-ork-key changed'],
  ['a key that is made twice', [key('a'), key('a', 'two')], 'Secret s-ork-key changed'],
  ['a public key that status forgets', [site(shown), site({})], 'MdkSite s changed'],
  ['a template that is changed', [ork('a'), ork('b')], 'Deployment s-ork changed'],
  ['a workload that is made twice', [ork('a'), ork('a', 'two')], 'Deployment s-ork changed'],
  ['a key in a file that no Secret holds', [key('a'), discovery(pair.publicKey)], 'ConfigMap s-discovery names'],
] as const)('%s is a broken promise', (_, history, says) => {
  expect(findBrokenPromises(history)).toEqual([expect.stringContaining(says)])
})
