import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ManualClock, manualClock } from '../../src/engine/manual-clock.ts'
import { isApiError } from '../../src/kube/errors.ts'
import { type ApiRequest, createTransport, type Transport, type TransportOptions } from '../../src/kube/transport.ts'
import { clusterAt, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let clock: ManualClock
let transport: Transport
let counted: string[]

function create(options: Partial<TransportOptions> = {}): void {
  const onRequest = ({ code, method }: { code: string; method: string }) => counted.push(`${method} ${code}`)
  transport = createTransport({
    cluster: clusterAt(server),
    userAgent: 'test/1',
    clock,
    random: () => 0,
    onRequest,
    ...options,
  })
}

beforeEach(async () => {
  server = await startScriptedServer()
  clock = manualClock()
  counted = []
  create()
})
afterEach(async () => {
  await transport.close()
  await server.close()
})

const get: ApiRequest = { method: 'GET', path: '/api' }
const refusal = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: `it is ${reason}` })
/** Waits until the transport waits for so long, and lets that time pass. */
async function pass(delayMs: number): Promise<void> {
  await vi.waitFor(() => expect(clock.dueInMs).toBe(delayMs))
  await clock.advance(delayMs)
}
/** What became of a request: its answer, or the kind of its error. */
function ended(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => (isApiError(error) ? error.kind : String(error)))
}

describe('a transport', () => {
  test('that may not write any more sends no write, not even one that was to be tried again, and still reads', async () => {
    let mayWrite = true
    create({ mayWrite: () => mayWrite })
    const patch = ended(transport.request({ method: 'PATCH', path: '/api', body: {} }))
    const first = await server.next()
    mayWrite = false
    first.json(refusal(500, 'InternalError'), 500)
    await pass(100)
    expect(await patch).toBe('fenced')
    expect(await ended(transport.request({ method: 'POST', path: '/api', body: {} }))).toBe('fenced')
    const read = transport.request(get)
    const asked = await server.next()
    expect(asked.method).toBe('GET')
    asked.json({ ok: true })
    expect(await read).toEqual({ ok: true })
    expect(counted).toEqual(['PATCH 500', 'GET 200'])
  })

  test('sends raw JSON and gives raw JSON back', async () => {
    const body = { unknownField: { deep: [1] } }
    const answer = transport.request({
      method: 'PATCH',
      path: '/x',
      query: { force: 'true' },
      body,
      contentType: 'application/apply-patch+yaml',
    })
    const asked = await server.next()
    expect([asked.method, asked.url.href, asked.body]).toEqual([
      'PATCH',
      'http://server/x?force=true',
      JSON.stringify(body),
    ])
    expect(asked.headers).toMatchObject({ 'user-agent': 'test/1', 'content-type': 'application/apply-patch+yaml' })
    asked.json({ anything: true })
    expect(await answer).toEqual({ anything: true })
    expect(counted).toEqual(['PATCH 200'])
  })

  test('keeps its connections', async () => {
    for (let sent = 0; sent < 20; sent++) {
      const answer = transport.request(get)
      ;(await server.next()).json({})
      await answer
    }
    expect(server.connections).toBeLessThanOrEqual(2)
  })

  test.each([
    [400, 'BadRequest', 'invalid'],
    [401, 'Unauthorized', 'denied'],
    [403, 'Forbidden', 'denied'],
    [404, 'NotFound', 'absent'],
    [409, 'AlreadyExists', 'exists'],
    [409, 'Conflict', 'conflict'],
    [410, 'Expired', 'gone'],
    [422, 'Invalid', 'invalid'],
  ])('%i %s is %s, with the reason and the sentence of the server', async (code, reason, kind) => {
    const answer = transport.request(get)
    ;(await server.next()).json(refusal(code, reason), code)
    await expect(answer).rejects.toMatchObject({
      kind,
      status: code,
      reason,
      message: `GET /api: ${code} it is ${reason}`,
    })
  })

  test('a throttled request is sent again when the server says so, whatever it is', async () => {
    const answer = transport.request({ ...get, method: 'POST', body: {} })
    ;(await server.next()).json(refusal(429, 'TooManyRequests'), 429, { 'retry-after': '2' })
    await pass(2_000)
    ;(await server.next()).json({ ok: 1 })
    expect(await answer).toEqual({ ok: 1 })
  })

  test('after a failure or without an answer only what may be repeated is sent again', async () => {
    const post = ended(transport.request({ ...get, method: 'POST', body: {} }))
    ;(await server.next()).cut()
    expect(await post).toBe('unreachable')
    const read = transport.request(get)
    ;(await server.next()).cut()
    await pass(100)
    ;(await server.next()).json(refusal(503, 'ServiceUnavailable'), 503)
    await pass(200)
    ;(await server.next()).json({ ok: 1 })
    expect(await read).toEqual({ ok: 1 })
    expect(counted).toEqual(['POST <error>', 'GET <error>', 'GET 503', 'GET 200'])
  })

  test('gives up after four attempts', async () => {
    const answer = ended(transport.request(get))
    for (const delayMs of [100, 200, 400, null]) {
      ;(await server.next()).json(refusal(500, 'InternalError'), 500)
      if (delayMs !== null) await pass(delayMs)
    }
    expect(await answer).toBe('failed')
  })

  test('a request without an answer ends at its time limit', async () => {
    const answer = ended(transport.request({ ...get, method: 'POST', timeoutMs: 3_000 }))
    const asked = await server.next()
    await clock.advance(3_000)
    expect(await answer).toBe('unreachable')
    await asked.gone
  })

  test('an aborted request ends with the reason that it was aborted for', async () => {
    const abort = new AbortController()
    const answer = ended(transport.request({ ...get, signal: abort.signal }))
    const asked = await server.next()
    abort.abort(new Error('enough'))
    expect(await answer).toBe('Error: enough')
    await asked.gone
  })

  test('sends so many at once, and lists beside them', async () => {
    create({ concurrency: 2 })
    const answers = [1, 2, 3].map((n) => transport.request({ ...get, path: `/${n}` }))
    const first = await server.next()
    const second = await server.next()
    const list = transport.request({ ...get, path: '/list', list: true })
    const third = await server.next()
    expect([first, second, third].map(({ url }) => url.pathname)).toEqual(['/1', '/2', '/list'])
    third.json({})
    await list
    first.json({})
    const last = await server.next()
    expect(last.url.pathname).toBe('/3')
    for (const asked of [second, last]) asked.json({})
    await Promise.all(answers)
  })

  test('an answer that is not JSON is a failure', async () => {
    const answer = ended(transport.request({ ...get, method: 'POST' }))
    const asked = await server.next()
    asked.part('<html>')
    asked.end()
    expect(await answer).toBe('failed')
  })

  test('looks for new credentials when its own are refused, and after a while', async () => {
    let token = 0
    const cluster = clusterAt(server)
    const authorize = async () => ({ ...(await cluster.authorize()), headers: { authorization: `Bearer ${++token}` } })
    create({ cluster: { ...cluster, authorize } })
    const send = async (code: number) => {
      const answer = ended(transport.request(get))
      const asked = await server.next()
      asked.json(refusal(code, ''), code)
      await answer
      return asked.headers.authorization
    }
    expect([await send(200), await send(401), await send(200)]).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 2'])
    await clock.advance(10_000)
    expect(await send(200)).toBe('Bearer 3')
  })

  test('opens new connections when the certificates change', async () => {
    let tlsFingerprint = 'old'
    const cluster = clusterAt(server)
    create({ cluster: { ...cluster, authorize: async () => ({ ...(await cluster.authorize()), tlsFingerprint }) } })
    const send = async () => {
      const answer = transport.request(get)
      ;(await server.next()).json({})
      await answer
      await clock.advance(10_000)
      return server.connections
    }
    expect([await send(), await send()]).toEqual([1, 1])
    tlsFingerprint = 'new'
    expect([await send(), await send()]).toEqual([2, 2])
  })

  test('closing ends what is under way', async () => {
    const stream = await (async () => {
      const opened = transport.stream(get)
      ;(await server.next()).line({})
      return await opened
    })()
    await transport.close()
    await expect(Array.fromAsync(stream)).rejects.toThrow()
    expect(await ended(transport.request({ ...get, method: 'POST' }))).toBe('unreachable')
  })
})
