import { connect } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, expect, test, vi } from 'vitest'
import { silentLog } from '../log.ts'
import { systemClock } from '../machine/clock.ts'
import { registerMetrics } from './http-metrics.ts'
import { type HttpServer, startHttpServer } from './http-server.ts'

let server: HttpServer
afterEach(() => server.close())

test('whoever keeps connections open and asks for nothing keeps nobody from an answer', async () => {
  server = await startHttpServer({
    port: 0,
    host: '127.0.0.1',
    routes: (http) => http.get('/', () => ({ ok: true })),
    metrics: registerMetrics(new Registry(), () => true),
    log: silentLog,
    clock: systemClock,
    newId: () => 'an-id',
    maxConnections: 3,
  })
  const sockets = Array.from({ length: 6 }, () => connect(server.port, '127.0.0.1'))
  await vi.waitFor(() => expect(sockets.filter(({ closed }) => closed)).toHaveLength(3))
  expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).json()).toEqual({ ok: true })
  for (const socket of sockets) socket.destroy()
})
