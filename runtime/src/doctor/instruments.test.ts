import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { findInClock } from './checks/clock.ts'
import { openInstruments } from './instruments.ts'

const orkTime = Date.parse('2026-01-01T12:00:00Z')
const publicKey = 'ab'.repeat(32)
const token = 'an-admin-token-of-a-site'
let servers: Server[] = []
afterEach(() => {
  for (const server of servers) server.close()
  servers = []
})

/** A status port whose clock stands at `orkTime`. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    response.sendDate = false
    response.setHeader('date', new Date(orkTime).toUTCString())
    answer(request, response)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const ask = (orkStatus: string | null, ownTime = orkTime) =>
  openInstruments({ host: '127.0.0.1', bootstrap: [], orkStatus, token, clock: { now: () => ownTime } }).askOrk()

it('ORK tells its key to who has the token, and any answer of its port tells how the clocks stand', async () => {
  const orkStatus = await serve(({ headers, url }, response) => {
    const admitted = headers.authorization === `Bearer ${token}` && url === '/v1/identity'
    response.writeHead(admitted ? 200 : 401).end(JSON.stringify({ service: 'ork', publicKey }))
  })
  const heard = await ask(orkStatus, orkTime + 45_000)
  expect(heard).toEqual({ publicKey, clockAheadMs: 45_000 })
  expect(findInClock(heard?.clockAheadMs ?? null)).toMatchObject({ diagnosis: { code: 'ClockOff' } })
})

it('nothing follows from a refusal but the time, and nothing at all from silence or nonsense', async () => {
  const refusing = await serve((_, response) => response.writeHead(404).end('nothing is here'))
  expect(await ask(refusing)).toEqual({ publicKey: null, clockAheadMs: 0 })
  const babbling = await serve((_, response) => response.end('<html>'))
  expect(await ask(babbling)).toBeNull()
  servers.pop()?.close()
  expect(await ask(babbling)).toBeNull()
  expect(await ask(null)).toBeNull()
})
