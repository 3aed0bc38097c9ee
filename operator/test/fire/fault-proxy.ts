// A proxy in front of a real API server that understands requests and watches well enough to do harm on purpose.
// One stands before each operator process, so that whose request it is needs no guessing.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { readLines } from '../../src/kube/read-lines.ts'
import { type Asked, parseAsked } from './asked.ts'

/** What becomes of a request. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** Passed on later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Passed on when that resolves. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Answered by the proxy. */
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** The connection is cut: before the request reaches the server, or after it was carried out and before its answer. */
  | { readonly kind: 'cut'; readonly edge: Edge; readonly then?: () => void }
  /** Neither passed on nor answered. */
  | { readonly kind: 'swallow' }

export type Edge = 'before' | 'after'

/** What becomes of one event of a watch. Later events of the same watch stay behind it. */
export type Fate =
  | { readonly kind: 'pass' | 'drop' | 'twice' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The watch ends instead: with a word, with the word that it can't go on (410), or with none. */
  | { readonly kind: 'end' | 'gone' | 'cut' }

export interface WatchedEvent {
  readonly asked: Asked
  readonly type: string
  readonly namespace: string
  readonly name: string
}

export interface Faults {
  readonly onRequest?: (asked: Asked) => Verdict
  readonly onEvent?: (event: WatchedEvent) => Fate
}

export interface FaultProxy {
  readonly url: string
  /** What is done to what comes from now on. */
  faults: Faults
  /** Everything that came, in order. */
  readonly asked: readonly Asked[]
  /** What has been answered (HTTP status), in order. */
  readonly answered: readonly { readonly asked: Asked; readonly status: number }[]
  /** Cuts all connections. */
  cutAll(): void
  /** From now on nothing passes in either direction, and nobody is told. */
  freeze(): void
  /** What was held back goes on. */
  thaw(): void
  close(): Promise<void>
}

export interface Behind {
  /** URL of the API server, and the certificate that it is known by. */
  readonly server: string
  readonly ca: string
  /** Where a request goes that isn't for the API server itself: to a pod, through its proxy. */
  divert(target: string): string | null
}

export async function startFaultProxy(behind: Behind): Promise<FaultProxy> {
  const asked: Asked[] = []
  const answered: { asked: Asked; status: number }[] = []
  const agent = new Agent({ connect: { ca: behind.ca } })
  let gate = openGate()
  const server = createServer((near, answer) => {
    const one = parseAsked(near.method ?? '', near.url ?? '', performance.now())
    asked.push(one)
    const passing: Passing = { asked: one, near, answer, proxy, gone: new AbortController(), pass: () => gate.passed }
    answer.on('close', () => passing.gone.abort())
    answer.on('finish', () => answered.push({ asked: one, status: answer.statusCode }))
    void treat(behind, agent, passing).catch(() => near.socket.destroy())
  })
  // A connection that the proxy closes by itself would be a fault that nobody asked for.
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: {},
    asked,
    answered,
    cutAll: () => server.closeAllConnections(),
    freeze: () => {
      gate = closedGate()
    },
    thaw: () => gate.open(),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      gate.open()
      server.closeAllConnections()
      await Promise.all([closed, agent.destroy()])
    },
  }
  return proxy
}

interface Gate {
  readonly passed: Promise<undefined>
  open(): void
}

function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  return { passed: promise, open: () => resolve(undefined) }
}

function openGate(): Gate {
  return { passed: Promise.resolve(undefined), open: () => undefined }
}

interface Passing {
  readonly asked: Asked
  readonly near: IncomingMessage
  readonly answer: ServerResponse
  readonly proxy: Pick<FaultProxy, 'faults'>
  /** Aborted when the asker has gone away. */
  readonly gone: AbortController
  /** Resolves at once unless the proxy is frozen. */
  readonly pass: () => Promise<undefined>
}

async function treat(behind: Behind, agent: Agent, passing: Passing): Promise<void> {
  const body = Buffer.concat((await Array.fromAsync(passing.near)) as Buffer[])
  await passing.pass()
  const verdict = passing.proxy.faults.onRequest?.(passing.asked) ?? { kind: 'pass' }
  switch (verdict.kind) {
    case 'swallow':
      return
    case 'refuse':
      refuse(passing.answer, verdict)
      return
    case 'cut':
      if (verdict.edge === 'after') await (await carry(behind, agent, passing, body)).body.dump()
      verdict.then?.()
      passing.near.socket.destroy()
      return
    default:
      await turnOf(verdict, passing.gone.signal)
      await giveBack(passing, await carry(behind, agent, passing, body))
  }
}

/** Resolves when it is to be passed on. */
function turnOf(verdict: Extract<Verdict, { kind: 'pass' | 'delay' | 'hold' }>, signal: AbortSignal): Promise<unknown> {
  if (verdict.kind === 'delay') return delay(verdict.ms, undefined, { signal })
  return verdict.kind === 'hold' ? verdict.until : Promise.resolve()
}

type Carried = Awaited<ReturnType<typeof request>>

/** What concerns one connection only. */
const hopHeaders = ['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']

function carry(behind: Behind, agent: Agent, { asked, near, gone }: Passing, body: Buffer): Promise<Carried> {
  const { method, target } = asked
  const diverted = behind.divert(target)
  return request(diverted ?? `${behind.server}${target}`, {
    method: method as 'GET',
    headers: withoutHops(near.headers),
    body: body.length === 0 ? null : body,
    signal: gone.signal,
    bodyTimeout: 0,
    ...(diverted === null && { dispatcher: agent }),
  })
}

function withoutHops(headers: Record<string, string | string[] | undefined>): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !hopHeaders.includes(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))
}

async function giveBack(passing: Passing, { statusCode, headers, body }: Carried): Promise<void> {
  const { answer, asked, pass } = passing
  await pass()
  answer.writeHead(statusCode, withoutHops(headers))
  // The head goes out before the first event, as the server sends it.
  answer.flushHeaders()
  const chunks = body as AsyncIterable<Buffer>
  if (asked.kind === 'watch' && statusCode === 200) await passEvents(passing, chunks)
  else for await (const chunk of chunks) answer.write(chunk)
  answer.end()
}

async function passEvents({ answer, asked, gone, near, pass, proxy }: Passing, body: AsyncIterable<Buffer>) {
  for await (const line of readLines(body)) {
    const fate = proxy.faults.onEvent?.(eventOf(asked, line)) ?? { kind: 'pass' }
    if (fate.kind === 'delay') await delay(fate.ms, undefined, { signal: gone.signal })
    await pass()
    for (const told of linesOf(fate, line)) answer.write(`${told}\n`)
    if (fate.kind === 'cut') near.socket.destroy()
    if (endings.has(fate.kind)) return
  }
}

/** After these nothing more comes of a watch. */
const endings = new Set<Fate['kind']>(['gone', 'end', 'cut'])

/** What is told in place of the line of an event. */
function linesOf({ kind }: Fate, line: string): readonly string[] {
  const told: Readonly<Record<Fate['kind'], readonly string[]>> = {
    pass: [line],
    delay: [line],
    twice: [line, line],
    gone: [JSON.stringify(goneEvent)],
    drop: [],
    end: [],
    cut: [],
  }
  return told[kind]
}

function eventOf(asked: Asked, line: string): WatchedEvent {
  const { type, object } = JSON.parse(line) as { type: string; object: { metadata?: Record<string, string> } }
  return { asked, type, namespace: object.metadata?.['namespace'] ?? '', name: object.metadata?.['name'] ?? '' }
}

const goneEvent = { type: 'ERROR', object: statusOf(410) }

function refuse(answer: ServerResponse, { status, retryAfterSeconds }: Extract<Verdict, { kind: 'refuse' }>): void {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  answer.writeHead(status, { 'content-type': 'application/json', ...headers })
  answer.end(JSON.stringify(statusOf(status)))
}

/** As the API server explains itself. */
function statusOf(code: number): object {
  const reason = { 410: 'Expired', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable' }[code]
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', code, reason, message: 'a test did this' }
}
