import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ScriptedServer, startScriptedServer } from '../kube/scripted-server.ts'
import { type Fate, type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { cutEach, killAtWrite, storm } from './rules.ts'

let server: ScriptedServer
let proxy: FaultProxy

beforeEach(async () => {
  server = await startScriptedServer()
  proxy = await startFaultProxy({ server: server.url, ca: '', divert: () => null })
})
afterEach(async () => {
  await proxy.close()
  await server.close()
})

const collection = '/api/v1/namespaces/n/secrets'
/** The status of the answer, or that there was none. */
function ask(method: string, path = collection): Promise<number | 'cut'> {
  const sent = fetch(`${proxy.url}${path}`, { method, ...(method === 'GET' ? {} : { body: '{}' }) })
  return sent.then(
    async (answer) => {
      await answer.text()
      return answer.status
    },
    () => 'cut',
  )
}
async function answerNext(): Promise<string> {
  const asked = await server.next()
  asked.json({})
  return `${asked.method} ${asked.url.pathname}`
}

describe('a fault proxy', () => {
  test('passes on what no rule concerns, and knows what it was', async () => {
    const answered = ask('PATCH', `${collection}/s-topic?force=true`)
    expect(await answerNext()).toBe(`PATCH ${collection}/s-topic`)
    expect(await answered).toBe(200)
    for (const path of [collection, `${collection}?watch=1`, `${collection}/a`, '/apis/apps/v1/deployments']) {
      const read = ask('GET', path)
      await answerNext()
      await read
    }
    expect(proxy.asked.map(({ kind, resource, namespace, name }) => [kind, resource, namespace, name])).toEqual([
      ['write', 'secrets', 'n', 's-topic'],
      ['list', 'secrets', 'n', null],
      ['watch', 'secrets', 'n', null],
      ['read', 'secrets', 'n', 'a'],
      ['list', 'deployments', null, null],
    ])
  })

  test('cuts a write before it arrives, or after it was carried out', async () => {
    proxy.faults = cutEach(2, 0, 'before')
    expect(await ask('POST')).toBe('cut')
    const second = ask('POST')
    await answerNext()
    expect(await second).toBe(200)
    proxy.faults = cutEach(1, 0, 'after')
    const third = ask('PUT')
    expect(await answerNext()).toMatch('PUT')
    expect(await third).toBe('cut')
  })

  test('kills after a write was carried out, and lets nothing of the dead pass', async () => {
    const kill = vi.fn()
    proxy.faults = killAtWrite(2, 'after', kill)
    const [first] = [ask('POST'), await answerNext()]
    expect(await first).toBe(200)
    const second = ask('DELETE')
    const asked = await server.next()
    const third = ask('POST')
    await vi.waitFor(() => expect(proxy.asked).toHaveLength(3))
    expect(kill).not.toHaveBeenCalled()
    asked.json({})
    expect(await second).toBe('cut')
    expect(kill).toHaveBeenCalledOnce()
    proxy.cutAll()
    expect(await third).toBe('cut')
  })

  test('refuses as an API server does', async () => {
    proxy.faults = storm({ status: 429, retryAfterSeconds: 7 })
    const answer = await fetch(`${proxy.url}${collection}`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await answer.json()).toMatchObject({ kind: 'Status', code: 429, reason: 'TooManyRequests' })
  })

  test.each([
    ['pass', '1 2 3'],
    ['drop', '1 3'],
    ['twice', '1 2 2 3'],
    ['gone', '1 410'],
    ['end', '1'],
  ] as const)('of a watch lets %s happen to one event', async (kind, told) => {
    proxy.faults = { onEvent: ({ name }): Fate => (name === '2' ? { kind } : { kind: 'pass' }) }
    const watched = fetch(`${proxy.url}${collection}?watch=1`).then((answer) => answer.text())
    const watch = await server.next()
    for (const name of ['1', '2', '3']) watch.line({ type: 'ADDED', object: { metadata: { name, namespace: 'n' } } })
    watch.end()
    const lines = (await watched)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { object: { code?: number; metadata?: { name?: string } } })
    const words = lines.map(({ object: { code, metadata } }) => code ?? metadata?.name)
    expect(words.join(' ')).toBe(told)
  })

  test('frozen, passes nothing until it thaws', async () => {
    proxy.freeze()
    const answered = ask('GET')
    await vi.waitFor(() => expect(proxy.asked).toHaveLength(1))
    proxy.thaw()
    await answerNext()
    expect(await answered).toBe(200)
  })
})
