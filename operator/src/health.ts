import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Caches } from './kube/caches.ts'
import type { Metrics } from './metrics.ts'

export interface HealthOptions {
  /** TCP port; 0 for any. */
  readonly port: number
  readonly caches: Pick<Caches, 'synced' | 'silentMs'>
  readonly metrics: Pick<Metrics, 'scrape'>
}

export interface Health {
  readonly port: number
  /** Idempotent. */
  close(): Promise<void>
}

/**
 * A watch ends within ten minutes, and one that fails notes each attempt: silence for longer means that its loop is stuck.
 * An API server that is away doesn't count, since a restart wouldn't bring it back.
 */
const stuckAfterMs = 15 * 60_000

interface Answer {
  readonly status: number
  readonly body: string
  readonly contentType?: string
}

/**
 * Serves `/livez` (200 while the event loop turns and no watch is stuck), `/readyz` (200 when the caches are filled, whether
 * leading or standing by) and `/metrics`. Rejects if the port is taken.
 */
export async function startHealth(options: HealthOptions): Promise<Health> {
  const server = createServer((request, response) => {
    void answerTo(options, request.url ?? '').then(({ status, body, contentType = 'text/plain; charset=utf-8' }) => {
      response.writeHead(status, { 'content-type': contentType }).end(body)
    })
  })
  server.listen(options.port)
  await once(server, 'listening')
  let closed: Promise<void> | undefined
  return { port: portOf(server), close: () => (closed ??= close(server)) }
}

async function answerTo({ caches, metrics }: HealthOptions, url: string): Promise<Answer> {
  switch (url.split('?', 1)[0]) {
    case '/livez': {
      const silentMs = caches.silentMs()
      if (silentMs < stuckAfterMs) return { status: 200, body: 'ok\n' }
      return { status: 503, body: `a watch has been stuck for ${Math.round(silentMs / 1_000)} s\n` }
    }
    case '/readyz':
      return caches.synced ? { status: 200, body: 'ok\n' } : { status: 503, body: 'the caches are not filled yet\n' }
    case '/metrics':
      return { status: 200, ...(await metrics.scrape()) }
    default:
      return { status: 404, body: 'not found: try /livez, /readyz or /metrics\n' }
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
