import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cluster } from '../../src/kube/load-cluster.ts'

/** A request that waits for the test's answer. */
export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Resolves when the other side has gone away. */
  readonly gone: Promise<void>
  json(body: unknown, status?: number, headers?: Record<string, string>): void
  /** Sends a part of a body that goes on; the first part brings the head. */
  part(bytes: string | Uint8Array): void
  /** Sends one line of JSON of a body that goes on. */
  line(body: unknown): void
  end(): void
  /** Cuts the connection. */
  cut(): void
}

/** A real HTTP server whose answers the test gives, one request after the other. */
export interface ScriptedServer {
  readonly url: string
  /** The next request that came, or will come. */
  next(): Promise<Asked>
  /** How many connections were opened so far. */
  readonly connections: number
  close(): Promise<void>
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const came: Asked[] = []
  const waiting: ((asked: Asked) => void)[] = []
  let connections = 0
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const asked = askedOf(request, response, body)
      const next = waiting.shift()
      if (next === undefined) came.push(asked)
      else next(asked)
    })
  })
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: () => {
      const asked = came.shift()
      return asked === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(asked)
    },
    get connections() {
      return connections
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function askedOf(request: IncomingMessage, response: ServerResponse, body: string): Asked {
  const part = (bytes: string | Uint8Array) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' })
    response.write(bytes)
  }
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '', 'http://server'),
    headers: request.headers,
    body,
    gone: once(response, 'close').then(() => undefined),
    json: (answer, status = 200, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer))
    },
    part,
    line: (event) => part(`${JSON.stringify(event)}\n`),
    end: () => response.end(),
    cut: () => response.destroy(),
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks = (await Array.fromAsync(request)) as Buffer[]
  return Buffer.concat(chunks).toString()
}

/** The server as a cluster that lets everybody in. */
export function clusterAt(server: Pick<ScriptedServer, 'url'>): Cluster {
  const tls = { ca: undefined, cert: undefined, key: undefined, servername: undefined, rejectUnauthorized: undefined }
  const authorization = { headers: {}, tls, tlsFingerprint: '' }
  return { server: server.url, proxyUrl: null, namespace: null, authorize: () => Promise.resolve(authorization) }
}
