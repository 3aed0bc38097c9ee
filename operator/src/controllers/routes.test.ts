import { beforeEach, describe, expect, test } from 'vitest'
import { lookedAt, pod, rack, site, worker } from '../../test/controllers/samples.ts'
import { silentLog } from '../engine/log.ts'
import { type Cache, ObjectCache } from '../kube/cache.ts'
import type { CacheSpec } from '../kube/caches.ts'
import type { Kind, KindTypes } from '../kube/resource.ts'
import type { KubeObject } from '../kube/types.ts'
import { createClusterView } from './cluster-view.ts'
import { connectRoutes } from './routes.ts'

type AnyWriter = ObjectCache<KubeObject>

let writers: Map<string, AnyWriter>
let queued: string[]
let changeOrk: (site: string, workerId: string | null) => void
let versions = 0

beforeEach(() => {
  writers = new Map()
  queued = []
  const open = <K extends Kind>({ kind, metadataOnly }: CacheSpec<K>): Cache<KindTypes[K]> => {
    const cache = new ObjectCache<KindTypes[K]>(silentLog)
    writers.set(metadataOnly === true ? `${kind} heads` : kind, cache as unknown as AnyWriter)
    return cache
  }
  const queueOf = (name: string) => ({ enqueue: (key: string) => void queued.push(`${name} ${key}`) })
  const listeners: (typeof changeOrk)[] = []
  changeOrk = (key, workerId) => listeners.forEach((listener) => listener(key, workerId))
  const onOrkChange = (listener: typeof changeOrk) => {
    listeners.push(listener)
    return () => undefined
  }
  const controllers = { site: queueOf('site'), worker: queueOf('worker'), rack: queueOf('rack') }
  connectRoutes(createClusterView({ open }), onOrkChange, controllers)
  put('MdkSite', site())
  put('MdkRack', rack('r', { devices: [] }))
  put('MdkWorker', worker('w', { driver: 'simulated' }))
})

/** Stores an object, and says which keys that made worth a look. */
function put(cache: string, object: object): string[] {
  versions += 1
  const stored = object as KubeObject
  writers.get(cache)!.put({ ...stored, metadata: { ...stored.metadata, resourceVersion: String(versions) } })
  return take()
}

function take(): string[] {
  return [...new Set(queued.splice(0))].sort()
}

const everybody = ['rack mines/r', 'site mines/s', 'worker mines/w']

describe('a change', () => {
  test('of what keeps a pod from running concerns its site, its worker and the rack; another of a pod nobody', () => {
    const labels = { 'mdk.io/site': 's', 'mdk.io/worker': 'w', 'mdk.io/shard': 'r' }
    const waiting = (reason: string) => ({
      ...pod('p'),
      metadata: { ...pod('p').metadata, labels },
      status: { containerStatuses: [{ name: 'worker', state: { waiting: { reason } } }] },
    })
    expect(put('Pod', waiting('ContainerCreating'))).toEqual([])
    expect(put('Pod', waiting('ErrImagePull'))).toEqual(everybody)
    expect(put('Pod', waiting('ImagePullBackOff'))).toEqual([])
    expect(put('Pod', { ...pod('p'), metadata: { ...pod('p').metadata, labels } })).toEqual(everybody)
  })

  test('of what a site, rack or worker declares concerns everybody in the site', () => {
    expect(put('MdkSite', { ...site(), metadata: { ...site().metadata, generation: 2 } })).toEqual(everybody)
    const edited = rack('r', { devices: [{ name: 'm' }] })
    expect(put('MdkRack', { ...edited, metadata: { ...edited.metadata, generation: 2 } })).toEqual(everybody)
    const labelled = worker('w', { driver: 'simulated' })
    expect(put('MdkWorker', { ...labelled, metadata: { ...labelled.metadata, labels: { a: 'b' } } })).toEqual(everybody)
  })

  test('of status concerns the object alone', () => {
    expect(put('MdkSite', { ...site(), status: { conditions: [] } })).toEqual(['site mines/s'])
    expect(put('MdkRack', { ...rack('r', { devices: [] }), status: {} })).toEqual(['rack mines/r'])
    expect(put('MdkWorker', { ...worker('w', { driver: 'simulated' }), status: {} })).toEqual(['worker mines/w'])
  })

  test('of a rack that moves in from nowhere concerns its site, which need not be there', () => {
    const lonely = { ...rack('x', {}), spec: { siteRef: { name: 'ghost' } } }
    expect(put('MdkRack', lonely)).toEqual(['rack mines/x', 'site mines/ghost'])
  })

  test("of ORK's word concerns everybody in the site", () => {
    changeOrk('mines/s', null)
    expect(take()).toEqual(everybody)
  })

  test("of ORK's word about one worker concerns its site, its MdkWorker and its rack", () => {
    put('MdkRack', rack('r-2', { devices: [] }))
    put('MdkWorker', worker('w-r', { driver: 'simulated' }))
    changeOrk('mines/s', 'w-r')
    expect(take()).toEqual(everybody)
    changeOrk('mines/s', 'w-r-2')
    expect(take()).toEqual(['rack mines/r-2', 'site mines/s', 'worker mines/w'])
    changeOrk('mines/s', 'w-ghost')
    expect(take()).toEqual(['site mines/s'])
  })

  const child = (kind: string, labels: Record<string, string>) => ({
    kind,
    metadata: { name: 'c', namespace: 'mines', labels },
  })

  test("of a site's child concerns the site, and a new Secret of it the workers that wait to mount it", () => {
    expect(put('Service', child('Service', { 'mdk.io/site': 's' }))).toEqual(['site mines/s'])
    expect(put('Secret', child('Secret', { 'mdk.io/site': 's' }))).toEqual(everybody)
    expect(put('Secret', child('Secret', { 'mdk.io/site': 's' }))).toEqual(['site mines/s'])
  })

  test("of a worker's child concerns the worker and its site", () => {
    const labels = { 'mdk.io/site': 's', 'mdk.io/worker': 'w' }
    expect(put('Deployment', child('Deployment', labels))).toEqual(['site mines/s', 'worker mines/w'])
  })

  test('of a pod concerns nobody: its Deployment tells what matters', () => {
    expect(put('Pod', child('Pod', { 'mdk.io/site': 's' }))).toEqual([])
  })

  test("of a user's Secret concerns the sites that refer to it", () => {
    expect(put('Secret heads', child('Secret', {}))).toEqual([])
    put('MdkSite', site({ ork: { keySecretRef: { name: 'c' } } }))
    expect(put('Secret heads', child('Secret', {}))).toEqual(['site mines/s'])
  })

  test('of a Secret may give a name free for those that wait for one', () => {
    const taken = [{ ...lookedAt[0]!, reason: 'NameTaken' }]
    put('MdkSite', site({}, { conditions: taken }))
    put('Secret heads', child('Secret', {}))
    writers.get('Secret heads')!.remove(child('Secret', {}) as unknown as KubeObject)
    expect(take()).toEqual(['site mines/s'])
  })

  test.each(['Deployment', 'ConfigMap', 'Service'])(
    "of a %s that is gone gives its name free for those that wait for one, though it wasn't theirs",
    (kind) => {
      const taken = { conditions: [{ ...lookedAt[0]!, reason: 'NameTaken' }] }
      put('MdkWorker', worker('w', { driver: 'simulated' }, taken))
      const foreign = child(kind, { 'mdk.io/site': 'ghost', 'mdk.io/worker': 'gone' })
      expect(put(kind, foreign)).not.toContain('worker mines/w')
      writers.get(kind)!.remove(foreign as unknown as KubeObject)
      expect(take()).toContain('worker mines/w')
    },
  )

  test('of a site that gives its key free concerns those that wait for one', () => {
    const waiting = site({}, { conditions: [{ ...lookedAt[0]!, reason: 'KeyInUse' }] })
    put('MdkSite', { ...waiting, metadata: { ...waiting.metadata, name: 'waiting', uid: 'other' } })
    put('MdkSite', site({}, { ork: { publicKey: 'k' } }))
    expect(put('MdkSite', site({}, { ork: { publicKey: 'l' } }))).toContain('site mines/waiting')
    expect(put('MdkSite', site({}, { ork: { publicKey: 'l' }, observedGeneration: 1 }))).not.toContain(
      'site mines/waiting',
    )
  })
})
