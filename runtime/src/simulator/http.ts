import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { statusPaths } from '../contract/endpoints.ts'
import type { ErrorCode } from '../contract/error-codes.ts'
import type { Json, JsonObject } from '../drivers/json.ts'
import { parseChanges } from './controls.ts'
import type { MinerPort } from './miner-port.ts'
import type { SimulatedWhatsminer } from './whatsminer.ts'

/** A simulated miner and where it is reached. */
export interface OpenMiner {
  readonly miner: SimulatedWhatsminer
  readonly port: MinerPort
}

export interface SimulatorHttpOptions {
  readonly port: number
  /** Miner n (from 1) is the n-th. */
  readonly miners: readonly OpenMiner[]
  readonly registry: Registry
}

export interface SimulatorHttp {
  readonly port: number
  close(): Promise<void>
}

const bodyLimit = 16 * 1024

/**
 * Probes and metrics at their usual paths, `GET /v1/devices`, `GET /v1/devices/:n` and `POST /v1/devices/:n`. Open to everybody:
 * there is nothing here but toys.
 */
export function startSimulatorHttp(options: SimulatorHttpOptions): Promise<SimulatorHttp> {
  const server = createServer((request, response) => {
    answer(options, request)
      .then((reply) => send(response, reply))
      .catch(() => send(response, failure(500, 'ERR_INTERNAL', 'the simulator failed')))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, () => {
      server.off('error', reject)
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : options.port
      resolve({ port, close: () => closeServer(server) })
    })
  })
}

interface Reply {
  readonly code: number
  readonly type: string
  readonly body: string
}

async function answer({ miners, registry }: SimulatorHttpOptions, request: IncomingMessage): Promise<Reply> {
  const path = new URL(request.url ?? '/', 'http://simulator').pathname
  switch (path) {
    case statusPaths.live:
    case statusPaths.ready:
      return { code: 200, type: 'text/plain', body: 'ok\n' }
    case statusPaths.metrics:
      return { code: 200, type: registry.contentType, body: await registry.metrics() }
    case '/v1/devices':
      return json({ devices: miners.map(view) })
  }
  return answerOfDevice(miners, request, path)
}

function answerOfDevice(miners: readonly OpenMiner[], request: IncomingMessage, path: string): Reply | Promise<Reply> {
  const found = /^\/v1\/devices\/(\d{1,6})$/.exec(path)?.[1]
  const open = found === undefined ? undefined : miners[Number(found) - 1]
  if (open === undefined) return failure(404, 'ERR_DEVICE_NOT_FOUND', `devices are 1 to ${miners.length}`)
  if (request.method === 'GET') return json(view(open))
  return request.method === 'POST' ? change(open, request) : failure(405, 'ERR_REQUEST_INVALID', 'use GET or POST')
}

async function change(open: OpenMiner, request: IncomingMessage): Promise<Reply> {
  const changes = parseChanges(parseJson(await bodyOf(request)))
  if (changes.kind === 'problem') return failure(400, 'ERR_REQUEST_INVALID', changes.message)
  open.miner.change(changes.value)
  await open.port.follow()
  return json(view(open))
}

function view({ miner, port }: OpenMiner): JsonObject {
  return { ...miner.view(), port: port.port }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > bodyLimit) break
  }
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function json(body: Json): Reply {
  return { code: 200, type: 'application/json', body: JSON.stringify(body) }
}

function failure(code: number, name: ErrorCode, message: string): Reply {
  return { code, type: 'application/json', body: JSON.stringify({ error: { code: name, message } }) }
}

function send(response: ServerResponse, { code, type, body }: Reply): void {
  response.writeHead(code, { 'content-type': type }).end(body)
}

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
