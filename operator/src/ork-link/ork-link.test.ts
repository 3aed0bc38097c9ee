import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OrkStatusLine } from '../../../runtime/src/contract/index.ts'
import { type Asked, clusterAt, type ScriptedServer, startScriptedServer } from '../../test/kube/scripted-server.ts'
import { silentLog } from '../engine/log.ts'
import { type ManualClock, manualClock } from '../engine/manual-clock.ts'
import { createTransport, type Transport } from '../kube/transport.ts'
import { createOrkLinks, type OrkLinks } from './ork-links.ts'
import { reachByProxy } from './ork-reach.ts'

const site = 'mines/texas'
let server: ScriptedServer
let clock: ManualClock
let transport: Transport
let links: OrkLinks
let changes: number
let token: string | null

beforeEach(async () => {
  server = await startScriptedServer()
  clock = manualClock()
  transport = createTransport({ cluster: clusterAt(server), userAgent: 'test', clock, random: () => 0 })
  links = createOrkLinks({ reach: reachByProxy(transport), clock, random: () => 0, log: silentLog })
  changes = 0
  token = 'secret-1'
  links.onChange((changed) => {
    expect(changed).toBe(site)
    changes++
  })
})
afterEach(async () => {
  await links.close()
  await transport.close()
  await server.close()
  expect(clock.armed).toBe(0)
})

function snapshot(publicKey: string, epoch = 'e1'): OrkStatusLine {
  const status = { version: 1, service: 'ork', publicKey, files: {}, workers: [] } as const
  return { type: 'snapshot', epoch, seq: 0, status: { ...status, workers: [], strangers: [], diagnosis: null } }
}
async function follow(): Promise<Asked> {
  links.follow(site, () => token)
  return await server.next()
}
const key = () => links.view(site)?.publicKey
/** Waits until the link waits for so long to dial again, and lets that time pass. */
async function redial(delayMs: number): Promise<Asked> {
  await vi.waitFor(() => expect(clock.dueInMs).toBe(delayMs))
  await clock.advance(delayMs)
  return await server.next()
}

describe('the link to an ORK', () => {
  test('goes through the API server, with the token where its proxy lets it through', async () => {
    const asked = await follow()
    expect(asked.url.pathname).toBe('/api/v1/namespaces/mines/services/texas-ork:8080/proxy/v1/status')
    expect([asked.url.searchParams.has('watch'), asked.headers['x-mdk-token']]).toEqual([true, 'secret-1'])
  })

  test('is one for each site, however often it is asked for', async () => {
    await follow()
    links.follow(site, () => token)
    links.follow('mines/other', () => token)
    expect((await server.next()).url.pathname).toContain('other-ork')
  })

  test('knows nothing before the first line, and tells of each change but not of beats and strangers', async () => {
    const stream = await follow()
    expect(links.view(site)).toBeNull()
    stream.line(snapshot('k'))
    await vi.waitFor(() => expect(key()).toBe('k'))
    stream.line({ type: 'beat', epoch: 'e1', seq: 0 })
    stream.line({ type: 'strangers', epoch: 'e1', seq: 1, strangers: ['s'] })
    stream.line({ type: 'files', epoch: 'e1', seq: 2, files: { roster: 'h' } })
    await vi.waitFor(() => expect(links.view(site)?.files).toEqual({ roster: 'h' }))
    expect(changes).toBe(2)
  })

  test('dials again when the stream is cut, keeping what it knew, with the token of that time', async () => {
    const stream = await follow()
    stream.line(snapshot('k'))
    await vi.waitFor(() => expect(key()).toBe('k'))
    token = 'secret-2'
    stream.cut()
    const again = await redial(200)
    expect([key(), again.headers['x-mdk-token']]).toEqual(['k', 'secret-2'])
    again.line(snapshot('new', 'e2'))
    await vi.waitFor(() => expect(key()).toBe('new'))
  })

  test('dials with growing pauses, up to 5 s, until a stream has lasted 10 s', async () => {
    let asked = await follow()
    for (const delayMs of [200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      asked.json({}, 503)
      asked = await redial(delayMs)
    }
    asked.line(snapshot('k'))
    await vi.waitFor(() => expect(key()).toBe('k'))
    await clock.advance(10_000)
    asked.line({ type: 'files', epoch: 'e1', seq: 1, files: { roster: 'h' } })
    await vi.waitFor(() => expect(links.view(site)?.files).toEqual({ roster: 'h' }))
    asked.cut()
    await redial(200)
  })

  test('asks for a new snapshot when a line is missing or makes no sense', async () => {
    let stream = await follow()
    const wrongs = [{ type: 'files', epoch: 'e1', seq: 5, files: {} }, { type: 'nonsense' }]
    for (const [at, wrong] of wrongs.entries()) {
      stream.line(snapshot('k'))
      stream.line(wrong)
      stream = await redial(200 * 2 ** at)
    }
  })

  test('dials a pod that has become ready at once, also while another is still waited for', async () => {
    let asked = await follow()
    for (const delayMs of [200, 400]) {
      asked.json({}, 503)
      asked = await redial(delayMs)
    }
    asked.json({}, 503)
    await vi.waitFor(() => expect(clock.dueInMs).toBe(800))
    links.servedBy(site, 'pod-1')
    asked = await server.next()
    links.servedBy(site, 'pod-1')
    links.servedBy(site, null)
    links.servedBy(site, 'pod-2')
    await asked.gone
    asked = await redial(200)
    asked.line(snapshot('k'))
    await vi.waitFor(() => expect(key()).toBe('k'))
    links.servedBy(site, 'pod-3')
    asked.line({ type: 'files', epoch: 'e1', seq: 1, files: { roster: 'h' } })
    await vi.waitFor(() => expect(links.view(site)?.files).toEqual({ roster: 'h' }))
  })

  test('says why nothing is heard, until something is', async () => {
    const asked = await follow()
    expect(links.problem(site)).toBeNull()
    asked.json({ kind: 'Status', message: 'no endpoints available' }, 503)
    await vi.waitFor(() => expect(links.problem(site)).toContain('no endpoints available'))
    const again = await redial(200)
    again.line(snapshot('k'))
    await vi.waitFor(() => expect([key(), links.problem(site)]).toEqual(['k', null]))
  })

  test('forgets what it knew when nothing was heard for 15 s, and gives the silent stream up', async () => {
    const stream = await follow()
    stream.line(snapshot('k'))
    await vi.waitFor(() => expect(key()).toBe('k'))
    await clock.advance(14_999)
    expect(key()).toBe('k')
    await clock.advance(1)
    expect([links.view(site), changes]).toEqual([null, 2])
    await stream.gone
    const again = await redial(200)
    again.line(snapshot('k'))
    await vi.waitFor(() => expect([key(), changes]).toEqual(['k', 3]))
  })

  test('waits for a token', async () => {
    token = null
    links.follow(site, () => token)
    await vi.waitFor(() => expect(clock.dueInMs).toBe(200))
    token = 'late'
    expect((await redial(200)).headers['x-mdk-token']).toBe('late')
  })

  test('ends when the site is forgotten', async () => {
    const stream = await follow()
    stream.line(snapshot('k'))
    await vi.waitFor(() => expect(key()).toBe('k'))
    links.forget(site)
    await stream.gone
    expect(links.view(site)).toBeNull()
    await vi.waitFor(() => expect(clock.armed).toBe(0))
  })
})
