import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../src/engine/log.ts'
import { type ManualClock, manualClock } from '../../src/engine/manual-clock.ts'
import { type Caches, createCaches } from '../../src/kube/caches.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { clusterAt, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let clock: ManualClock
let transport: Transport
let caches: Caches
const forever = new AbortController().signal

beforeEach(async () => {
  server = await startScriptedServer()
  clock = manualClock()
  transport = createTransport({ cluster: clusterAt(server), userAgent: 'test', clock, random: () => 0 })
  caches = createCaches({ transport, namespaces: ['a', 'b'], clock, random: () => 0, log: silentLog })
})
afterEach(async () => {
  await caches.close()
  await transport.close()
  await server.close()
})

function listOf(...names: string[]) {
  const items = names.map((name) => ({ metadata: { name, namespace: name, uid: name, resourceVersion: '1' } }))
  return { metadata: { resourceVersion: '5' }, items }
}

describe('caches', () => {
  test('who asks for the same gets the same, and who asks too late gets an error', async () => {
    const pods = caches.open({ kind: 'Pod', selector: 'x' })
    expect(caches.open({ kind: 'Pod', selector: 'x', metadataOnly: false })).toBe(pods)
    expect(caches.open({ kind: 'Pod', metadataOnly: true })).not.toBe(pods)
    const warm = caches.warm(AbortSignal.abort(new Error('enough')))
    expect(() => caches.open({ kind: 'Secret' })).toThrow('the cache of Secret is opened too late')
    await expect(warm).rejects.toThrow('enough')
  })

  test('are filled when every namespace has been listed', async () => {
    const pods = caches.open({ kind: 'Pod' })
    const changes: unknown[] = []
    pods.subscribe((change) => changes.push(change.kind === 'added' && change.initial))
    const warm = caches.warm(forever)
    const first = await server.next()
    const second = await server.next()
    first.json(listOf('a'))
    await server.next()
    expect([caches.synced, pods.size]).toEqual([false, 1])
    second.json(listOf('b'))
    await warm
    expect([caches.synced, changes, caches.sizes()]).toEqual([true, [true, true], [{ kind: 'Pod', size: 2 }]])
    expect(caches.find('Pod', 'a', 'a')?.metadata.uid).toBe('a')
    expect([caches.find('Pod', 'a', 'b'), caches.find('Secret', 'a', 'a')]).toEqual([null, undefined])
  })

  test('that are not filled within two minutes are an error', async () => {
    caches.open({ kind: 'Pod' })
    const warm = caches.warm(forever)
    const failed = expect(warm).rejects.toThrow('filling the caches took longer than 120 s')
    await server.next()
    await clock.advance(120_000)
    await failed
  })

  test('say how long the least active watch has been silent', async () => {
    caches.open({ kind: 'Pod' })
    const warm = caches.warm(forever)
    ;(await server.next()).json(listOf('a'))
    ;(await server.next()).json(listOf('b'))
    await warm
    await clock.advance(7_000)
    expect(caches.silentMs()).toBe(7_000)
  })
})
