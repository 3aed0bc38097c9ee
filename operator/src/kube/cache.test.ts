import { describe, expect, test } from 'vitest'
import { silentLog } from '../engine/log.ts'
import { type Change, laneOf, ObjectCache } from './cache.ts'
import type { KubeObject } from './types.ts'

function pod(
  name: string,
  resourceVersion: string,
  more: { uid?: string; namespace?: string; site?: string } = {},
): KubeObject {
  const { uid = name, namespace = 'n', site = 's' } = more
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid, resourceVersion, labels: { site } } }
}

function filled(...objects: KubeObject[]) {
  const cache = new ObjectCache<KubeObject>(silentLog)
  const changes: Change<KubeObject>[] = []
  cache.subscribe((change) => changes.push(change))
  cache.replace(null, objects)
  cache.markSynced()
  const taken = () => changes.splice(0).map((change) => `${change.kind} ${change.object.metadata.name ?? ''}`)
  return { cache, changes, taken }
}

describe('a cache', () => {
  test('tells what changed, and nothing where nothing did', () => {
    const { cache, taken } = filled(pod('a', '1'), pod('b', '1'))
    expect(taken()).toEqual(['added a', 'added b'])
    cache.put(pod('a', '1'))
    cache.put(pod('a', '2'))
    cache.remove(pod('b', '3'))
    cache.remove(pod('b', '3'))
    expect(taken()).toEqual(['updated a', 'deleted b'])
    expect([cache.size, cache.get('n', 'a')?.metadata.resourceVersion, cache.get('n', 'b')]).toEqual([1, '2', null])
  })

  test('a new list tells of what is missing in it as deleted', () => {
    const { cache, taken } = filled(pod('a', '1'), pod('b', '1'))
    taken()
    cache.replace(null, [pod('b', '1'), pod('c', '5')])
    expect(taken()).toEqual(['deleted a', 'added c'])
  })

  test('a list of one namespace leaves the others alone', () => {
    const { cache } = filled(pod('a', '1'), pod('a', '1', { namespace: 'm', uid: 'other' }))
    cache.replace('m', [])
    expect(cache.list().map(({ metadata }) => metadata.namespace)).toEqual(['n'])
    expect([cache.list('n').length, cache.list('m').length]).toEqual([1, 0])
  })

  test('an object that was made anew under its name is a deletion and an addition', () => {
    const { cache, taken } = filled(pod('a', '1'))
    taken()
    cache.put(pod('a', '9', { uid: 'another' }))
    expect(taken()).toEqual(['deleted a', 'added a'])
  })

  test('what was there at the start goes to the slow lane, what comes later to the fast one', () => {
    const { cache, changes } = filled(pod('a', '1'))
    cache.put(pod('b', '2'))
    expect(changes.map(laneOf)).toEqual(['resync', 'live'])
  })

  test('an index follows changes, also if it is made late', () => {
    const { cache } = filled(pod('a', '1'), pod('b', '1', { site: 't' }))
    const bySite = cache.index(({ metadata }) => [metadata.labels?.['site'] ?? ''])
    const names = (site: string) => bySite(site).map(({ metadata }) => metadata.name)
    expect([names('s'), names('t')]).toEqual([['a'], ['b']])
    cache.put(pod('a', '2', { site: 't' }))
    cache.remove(pod('b', '3'))
    expect([names('s'), names('t')]).toEqual([[], ['a']])
  })

  test('a listener that fails keeps no other from hearing', () => {
    const cache = new ObjectCache<KubeObject>(silentLog)
    const heard: string[] = []
    cache.subscribe(() => {
      throw new Error('mine')
    })
    const stop = cache.subscribe(({ kind }) => heard.push(kind))
    cache.put(pod('a', '1'))
    stop()
    cache.put(pod('a', '2'))
    expect(heard).toEqual(['added'])
  })
})
