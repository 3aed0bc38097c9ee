import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { commandToken, ProcessSite, type SiteProcess } from '../discovery/process-site.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { httpPortOf } from './http-port.ts'

let dht: TestDht
let site: ProcessSite
let processes: readonly [appNode: SiteProcess, ork: SiteProcess, worker: SiteProcess]
let api: string

beforeAll(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap, { logLevel: 'debug' })
  const worker = await site.addWorker('w1', ['d1'])
  await site.writeRoster([worker.entry], [{ name: 'app-node', publicKey: site.appNode.publicKey }])
  processes = await Promise.all([site.startAppNode(), site.startOrk(), worker.start()])
  const status = site.watch(processes[1])
  await status.until('w1 is READY', (seen) => seen.isReady('w1'), 60_000)
  status.close()
  const appNode = `http://127.0.0.1:${await httpPortOf(processes[0])}`
  api = `${appNode}/site-monitor`
  const health = async () => (await fetch(`${appNode}/health`)).json()
  await vi.waitFor(async () => expect(await health()).toMatchObject({ status: 'ok' }), { timeout: 60_000 })
}, 120_000)
afterAll(async () => {
  await site.close()
  await dht.close()
})

type Line = Readonly<Record<string, unknown>>

const linesOf = (process: SiteProcess, id: string): readonly Line[] =>
  process
    .log()
    .split('\n')
    .filter((line) => line.includes(id))
    .map((line) => JSON.parse(line) as Line)

function send(headers: Record<string, string>): Promise<Response> {
  return fetch(`${api}/devices/d1/commands`, {
    method: 'POST',
    headers: { authorization: `Bearer ${commandToken}`, 'content-type': 'application/json', ...headers },
    body: '{"command":"setLED","params":{"enabled":true}}',
  })
}

test.each<[string, Record<string, string>]>([
  ['the id that a caller gives its request', { 'x-request-id': 'order-66/a' }],
  ['the id that App Node gives a request without one', {}],
])('%s finds its command in the logs of App Node, ORK and worker', async (_, headers) => {
  const response = await send(headers)
  const id = response.headers.get('x-request-id') ?? expect.fail('the answer has no id')
  if (headers['x-request-id'] !== undefined) expect(id).toBe(headers['x-request-id'])
  const { commandId } = (await response.json()) as { readonly commandId: string }
  for (const process of processes) {
    const told = () => linesOf(process, id).filter((line) => line['commandId'] === commandId)
    await expect.poll(told, { timeout: 30_000 }).toMatchObject([{ commandId, correlationId: id }])
  }
})
