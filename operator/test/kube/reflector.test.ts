import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { silentLog } from '../../src/engine/log.ts'
import { type ManualClock, manualClock } from '../../src/engine/manual-clock.ts'
import { type Reflector, startReflector } from '../../src/kube/reflector.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import type { ConfigMap } from '../../src/kube/types.ts'
import { type Asked, clusterAt, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let clock: ManualClock
let transport: Transport
let reflector: Reflector
let heard: string[]
let counted: string[]

beforeEach(async () => {
  server = await startScriptedServer()
  clock = manualClock()
  transport = createTransport({ cluster: clusterAt(server), userAgent: 'test', clock, random: () => 0 })
  heard = []
  counted = []
})
afterEach(async () => {
  await reflector.close()
  await transport.close()
  await server.close()
})

function start(options: { metadataOnly?: boolean; namespace?: string; selector?: string } = {}): void {
  const told = (what: string, { metadata }: ConfigMap) =>
    heard.push(`${what} ${metadata.name ?? ''}@${metadata.resourceVersion ?? ''}`)
  reflector = startReflector({
    kind: 'ConfigMap',
    namespace: null,
    selector: '',
    metadataOnly: false,
    ...options,
    transport,
    clock,
    random: () => 0,
    log: silentLog,
    hooks: { listed: () => counted.push('list'), watchBroke: () => counted.push('break') },
    sink: {
      replace: (_, objects) => {
        heard.push('list')
        for (const object of objects) told('listed', object)
      },
      put: (object) => told('put', object),
      remove: (object) => told('removed', object),
    },
  })
}

function item(name: string, resourceVersion: string, more: object = {}) {
  return { metadata: { name, namespace: 'n', uid: name, resourceVersion }, ...more }
}
function listOf(resourceVersion: string, items: unknown[], next = '') {
  return { kind: 'ConfigMapList', metadata: { resourceVersion, ...(next && { continue: next }) }, items }
}
const added = (name: string, version: string) => ({ type: 'ADDED', object: item(name, version) })
const modified = (name: string, version: string) => ({ type: 'MODIFIED', object: item(name, version) })
const bookmark = (version: string) => ({ type: 'BOOKMARK', object: { metadata: { resourceVersion: version } } })
const tooOld = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }

/** Answers the list, and returns the watch that follows it. */
async function listed(version = '10', items: unknown[] = [item('a', '5')]): Promise<Asked> {
  ;(await server.next()).json(listOf(version, items))
  return await server.next()
}
const until = (...expected: string[]) => vi.waitFor(() => expect(heard).toEqual(expected))
/** Waits until the reflector waits for so long, and lets that time pass. */
async function pass(delayMs: number): Promise<void> {
  await vi.waitFor(() => expect(clock.dueInMs).toBe(delayMs))
  await clock.advance(delayMs)
}
const versionOf = (watch: Asked) => watch.url.searchParams.get('resourceVersion')

describe('a reflector', () => {
  test('lists page by page, then watches from there', async () => {
    start({ namespace: 'n', selector: 'app=x' })
    const first = await server.next()
    expect(first.url.pathname).toBe('/api/v1/namespaces/n/configmaps')
    expect(Object.fromEntries(first.url.searchParams)).toEqual({ labelSelector: 'app=x', limit: '500' })
    first.json(listOf('10', [item('a', '5')], 'page2'))
    const second = await server.next()
    expect(second.url.searchParams.get('continue')).toBe('page2')
    second.json(listOf('10', [item('b', '6')]))
    const watch = await server.next()
    expect(Object.fromEntries(watch.url.searchParams)).toEqual({
      allowWatchBookmarks: 'true',
      labelSelector: 'app=x',
      resourceVersion: '10',
      timeoutSeconds: '300',
      watch: '1',
    })
    await reflector.synced
    watch.line(added('c', '11'))
    watch.line({ type: 'DELETED', object: item('a', '12') })
    await until('list', 'listed a@5', 'listed b@6', 'put c@11', 'removed a@12')
  })

  test('a page that has become too old makes it ask for the whole', async () => {
    start()
    ;(await server.next()).json(listOf('10', [item('a', '5')], 'page2'))
    ;(await server.next()).json(tooOld, 410)
    const whole = await server.next()
    expect(whole.url.searchParams.toString()).toBe('')
    whole.json(listOf('20', [item('b', '15')]))
    expect(versionOf(await server.next())).toBe('20')
    await until('list', 'listed b@15')
  })

  test('events may be cut anywhere, also within a letter', async () => {
    start()
    const watch = await listed('10', [])
    const bytes = new TextEncoder().encode(
      `${JSON.stringify(added('größe-⛏', '11'))}\n${JSON.stringify(added('b', '12'))}\n`,
    )
    for (const byte of bytes) {
      watch.part(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('list', 'put größe-⛏@11', 'put b@12')
  })

  test('goes on from the last bookmark when a watch ends, without a list and without delay', async () => {
    start()
    const watch = await listed()
    watch.line(modified('a', '11'))
    watch.line(bookmark('500'))
    watch.end()
    const resumed = await server.next()
    expect(versionOf(resumed)).toBe('500')
    resumed.line(modified('a', '501'))
    await until('list', 'listed a@5', 'put a@11', 'put a@501')
    expect(counted).toEqual(['list'])
  })

  test('lists again at the first end of a watch after an hour, and so learns of what was swallowed on the way', async () => {
    start()
    const watch = await listed()
    // One line in five minutes, or the watch would be taken for dead.
    for (let minutes = 0; minutes < 55; minutes += 5) {
      await clock.advance(5 * 60_000)
      watch.line(bookmark('500'))
      await vi.waitFor(() => expect(reflector.activeAt).toBe(clock.monotonic()))
    }
    watch.end()
    const resumed = await server.next()
    expect(versionOf(resumed)).toBe('500')
    await clock.advance(5 * 60_000)
    resumed.line(bookmark('600'))
    resumed.end()
    expect(versionOf(await listed('601', [item('b', '599')]))).toBe('601')
    await until('list', 'listed a@5', 'list', 'listed b@599')
    expect(counted).toEqual(['list', 'list'])
  })

  test('goes on from the last event when the connection is cut, after a growing delay', async () => {
    start()
    const watch = await listed()
    watch.line(modified('a', '11'))
    await until('list', 'listed a@5', 'put a@11')
    watch.cut()
    for (const delayMs of [800, 1_600]) {
      await pass(delayMs)
      const resumed = await server.next()
      expect(versionOf(resumed)).toBe('11')
      resumed.cut()
    }
    await vi.waitFor(() => expect(counted).toEqual(['list', 'break', 'break', 'break']))
  })

  test.each([
    ['as an HTTP status', (watch: Asked) => watch.json(tooOld, 410)],
    ['as an event', (watch: Asked) => watch.line({ type: 'ERROR', object: tooOld })],
  ])('lists again when its version is too old: 410 %s', async (_, expire) => {
    start()
    expire(await listed())
    const again = await listed('90', [item('b', '80')])
    expect(versionOf(again)).toBe('90')
    await until('list', 'listed a@5', 'list', 'listed b@80')
  })

  test('a watch that ends at once is no reason to ask in a tight loop', async () => {
    start()
    ;(await listed()).end()
    await vi.waitFor(() => expect(counted).toEqual(['list', 'break']))
    await pass(800)
    expect(versionOf(await server.next())).toBe('10')
  })

  test('a watch that outlives its time limit in silence is given up and taken up again', async () => {
    start()
    const watch = await listed()
    watch.line(modified('a', '11'))
    await until('list', 'listed a@5', 'put a@11')
    await clock.advance(330_000)
    await watch.gone
    await pass(800)
    expect(versionOf(await server.next())).toBe('11')
  })

  test('tries a list for ever, and notes each attempt', async () => {
    start()
    for (const [attempt, delayMs] of [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000].entries()) {
      ;(await server.next()).json({ kind: 'Status', code: 403, message: 'configmaps is forbidden' }, 403)
      await vi.waitFor(() => expect(counted).toHaveLength(attempt + 1))
      expect(reflector.activeAt).toBe(clock.monotonic())
      await pass(delayMs)
    }
    await listed()
    await until('list', 'listed a@5')
  })

  test('delivers nothing after it was closed', async () => {
    start()
    const watch = await listed()
    await until('list', 'listed a@5')
    const closed = reflector.close()
    watch.line(modified('a', '11'))
    await closed
    await watch.gone
    expect(heard).toEqual(['list', 'listed a@5'])
    expect(clock.armed).toBe(0)
  })

  test('closed while it lists, it neither delivers the list nor watches', async () => {
    start()
    const list = await server.next()
    const closed = reflector.close()
    await closed
    await list.gone
    expect([heard, counted]).toEqual([[], []])
  })

  test('asks for metadata only where contents are none of its business', async () => {
    start({ metadataOnly: true })
    const list = await server.next()
    expect(list.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')
    list.json(listOf('10', [item('a', '5')]))
    const watch = await server.next()
    expect(watch.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
  })
})
