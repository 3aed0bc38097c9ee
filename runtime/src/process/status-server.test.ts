import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { statusTokenHeader } from '../contract/endpoints.ts'
import { type OrkStatusLine, parseOrkStatusLine } from '../contract/status.ts'
import { silentLog } from '../log.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { createRegistry } from './metrics.ts'
import { notReady, type Readiness, ready } from './readiness.ts'
import { createStatusFeed } from './status-feed.ts'
import { type StatusServer, type StatusServerOptions, startStatusServer } from './status-server.ts'

const token = 'an-admin-token-of-a-site'
const authorization = `Bearer ${token}`
let servers: StatusServer[] = []
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()))
  servers = []
})

async function start(options: Partial<StatusServerOptions> = {}): Promise<StatusServer & { readonly url: string }> {
  const feed = createStatusFeed({ epoch: 'e1', publicKey: 'ab'.repeat(32) })
  const server = await startStatusServer({
    port: 0,
    host: '127.0.0.1',
    readiness: () => ready,
    identity: { service: 'ork', publicKey: 'ab'.repeat(32) },
    status: () => feed,
    tokens: () => [token],
    registry: new Registry(),
    log: silentLog,
    ...options,
  })
  servers.push(server)
  return { ...server, url: `http://127.0.0.1:${server.port}` }
}

async function watchStatus(
  url: string,
  { bearer = authorization, watch = '' } = {},
): Promise<{ lines: OrkStatusLine[]; response: IncomingMessage; ended: Promise<void> }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/v1/status?watch=${watch}`, { headers: { authorization: bearer } }, resolve).on('error', reject)
  })
  const lines: OrkStatusLine[] = []
  let rest = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\n')
    rest = texts.pop() ?? ''
    for (const text of texts) {
      const line = parseOrkStatusLine(text)
      if (line.kind === 'ok') lines.push(line.value)
    }
  })
  response.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => response.on('close', () => resolve()))
  return { lines, response, ended }
}

describe('probes and metrics', () => {
  it('lives while the event loop turns, and fails the probe after a stall of more than 10 s', async () => {
    let stallMs = 10_000
    const { url } = await start({ loopWatch: { longestStallMs: () => stallMs, close: () => undefined } })
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    stallMs = 10_500
    const hung = await fetch(`${url}/livez`)
    expect(hung.status).toBe(503)
    expect(await hung.text()).toContain('stood still for 11 s')
  })

  it('is ready when its program says so, with the reason when not', async () => {
    let readiness: Readiness = notReady('store is being opened')
    const { url } = await start({ readiness: () => readiness })
    const before = await fetch(`${url}/readyz`)
    expect([before.status, await before.text()]).toEqual([503, 'store is being opened\n'])
    readiness = ready
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it('serves metrics of the process and its build without a token', async () => {
    const { url } = await start({ registry: createRegistry('ork', '1.2.3') })
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain('mdk_build_info{service="ork",version="1.2.3"} 1')
    expect(text).toContain('process_cpu_seconds_total')
  })

  it('says what there is to who asks for something else, and that it can only be read', async () => {
    const { url } = await start()
    const lost = await fetch(`${url}/status`)
    expect(lost.status).toBe(404)
    expect(await lost.text()).toContain('/v1/status')
    expect((await fetch(`${url}/readyz`, { method: 'POST' })).status).toBe(405)
  })

  it('answers a probe whatever others keep open without asking for anything', async () => {
    const { url, port } = await start({ maxConnections: 3 })
    const sockets = Array.from({ length: 6 }, () => connect(port, '127.0.0.1'))
    await vi.waitFor(() => expect(sockets.filter(({ closed }) => closed)).toHaveLength(3))
    const { response } = await watchStatus(url)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect(response.destroyed).toBe(false)
    for (const socket of sockets) socket.destroy()
  })

  it('answers 500 and goes on when a program throws', async () => {
    const { url } = await start({
      readiness: () => {
        throw new Error('broken')
      },
    })
    expect((await fetch(`${url}/readyz`)).status).toBe(500)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
  })
})

describe('/v1/identity', () => {
  it('says who the process is, to who has an admin token', async () => {
    const { url } = await start()
    const shown = await fetch(`${url}/v1/identity`, { headers: { authorization } })
    expect(await shown.json()).toEqual({ service: 'ork', publicKey: 'ab'.repeat(32) })
    expect((await fetch(`${url}/v1/identity`)).status).toBe(401)
  })
})

describe('/v1/status', () => {
  it('is shown to who has an admin token, in either header', async () => {
    const { url } = await start()
    const shown = await fetch(`${url}/v1/status`, { headers: { authorization } })
    expect(await shown.json()).toMatchObject({ service: 'ork', version: 1, workers: [] })
    expect((await fetch(`${url}/v1/status`, { headers: { [statusTokenHeader]: token } })).status).toBe(200)
  })

  it('is refused without a token or with another one', async () => {
    const { url } = await start()
    expect((await fetch(`${url}/v1/status`)).status).toBe(401)
    expect((await fetch(`${url}/v1/status`, { headers: { authorization: `${authorization}x` } })).status).toBe(401)
  })

  it('admits by the tokens of the moment, and nobody when there is none', async () => {
    let tokens: string[] | null = null
    const { url } = await start({ tokens: () => tokens })
    const ask = async (): Promise<number> => (await fetch(`${url}/v1/status`, { headers: { authorization } })).status
    expect(await ask()).toBe(503)
    tokens = ['another-token-of-the-site', token]
    expect(await ask()).toBe(200)
    tokens = ['another-token-of-the-site']
    expect(await ask()).toBe(401)
  })
})

describe('/v1/status?watch', () => {
  it('gives a snapshot, then each change, then beats', async () => {
    const clock = manualClock()
    const feed = createStatusFeed({ epoch: 'e1', publicKey: 'ab'.repeat(32) })
    feed.setFiles({ roster: 'one' })
    const { url } = await start({ status: () => feed, clock })
    const reader = await watchStatus(url)
    await vi.waitFor(() => expect(reader.lines).toHaveLength(1))
    feed.setFiles({ roster: 'two' })
    await vi.waitFor(() => expect(reader.lines).toHaveLength(2))
    await clock.advance(5_000)
    await vi.waitFor(() => expect(reader.lines).toHaveLength(3))
    expect(reader.lines).toMatchObject([
      { type: 'snapshot', epoch: 'e1', seq: 1, status: { files: { roster: 'one' } } },
      { type: 'files', seq: 2, files: { roster: 'two' } },
      { type: 'beat', epoch: 'e1', seq: 2 },
    ])
  })

  it('cuts a reader that does not read, keeps the others, and lets it come back for a snapshot', async () => {
    const feed = createStatusFeed({ epoch: 'e1', publicKey: 'ab'.repeat(32) })
    const { url } = await start({ status: () => feed, maxWaitingBytes: 256 * 1024 })
    const slow = await watchStatus(url)
    const quick = await watchStatus(url)
    await vi.waitFor(() => expect(slow.lines).toHaveLength(1))
    slow.response.pause()
    const large = 'x'.repeat(64 * 1024)
    const changes = 300
    for (let change = 1; change <= changes; change += 1) {
      feed.setFiles({ roster: `${large}${change}` })
      await vi.waitFor(() => expect(quick.lines.at(-1)?.seq).toBe(change), { interval: 1 })
    }
    slow.response.resume()
    await slow.ended
    expect(slow.lines.at(-1)?.seq).toBeLessThan(changes)
    expect(quick.lines.filter(({ type }) => type === 'files')).toHaveLength(changes)
    const again = await watchStatus(url)
    await vi.waitFor(() => expect(again.lines[0]).toMatchObject({ type: 'snapshot', seq: changes }))
  })

  it('ends before the next line for a reader whose token was taken away, and goes on for the others', async () => {
    const clock = manualClock()
    const feed = createStatusFeed({ epoch: 'e1', publicKey: 'ab'.repeat(32) })
    let tokens: string[] = [token, 'another-token-of-the-site']
    const { url } = await start({ status: () => feed, clock, tokens: () => tokens })
    const revoked = await watchStatus(url)
    const kept = await watchStatus(url, { bearer: 'Bearer another-token-of-the-site' })
    await vi.waitFor(() => expect([revoked.lines.length, kept.lines.length]).toEqual([1, 1]))
    tokens = ['another-token-of-the-site']
    await clock.advance(5_000)
    await revoked.ended
    await vi.waitFor(() => expect(kept.lines.at(-1)).toMatchObject({ type: 'beat' }))
    feed.setFiles({ roster: 'secret to the one whose token was taken away' })
    await vi.waitFor(() => expect(kept.lines.at(-1)).toMatchObject({ type: 'files' }))
    expect(revoked.lines).toHaveLength(1)
  })

  it('gives the line of a diagnosis to who asks for it, and a snapshot in its place to a reader of an earlier release', async () => {
    const feed = createStatusFeed({ epoch: 'e1', publicKey: 'ab'.repeat(32) })
    const { url } = await start({ status: () => feed })
    const [early, late] = [await watchStatus(url), await watchStatus(url, { watch: 'diagnosis' })]
    await vi.waitFor(() => expect([early.lines.length, late.lines.length]).toEqual([1, 1]))
    const diagnosis = { code: 'DnsDown', about: 'discovery', cause: 'c', remedy: 'r' } as const
    feed.setDiagnosis(diagnosis)
    feed.setFiles({ roster: 'one' })
    await vi.waitFor(() => expect([early.lines.length, late.lines.length]).toEqual([3, 3]))
    expect(late.lines).toMatchObject([{ type: 'snapshot' }, { type: 'diagnosis', seq: 1, diagnosis }, { seq: 2 }])
    expect(early.lines).toMatchObject([
      { type: 'snapshot' },
      { type: 'snapshot', seq: 1, status: { diagnosis } },
      { type: 'files', seq: 2 },
    ])
  })

  it('ends with the server', async () => {
    const server = await start()
    const reader = await watchStatus(server.url)
    await vi.waitFor(() => expect(reader.lines).toHaveLength(1))
    await server.close()
    await reader.ended
    await server.close()
  })
})
