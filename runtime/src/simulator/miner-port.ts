import { createServer, type Socket } from 'node:net'
import { findDocument } from '../drivers/whatsminer/parse-answer.ts'
import type { Clock } from '../machine/clock.ts'
import type { SimulatedWhatsminer } from './whatsminer.ts'

/** "If no data is received within 10 seconds after the port is connected, the connection will be closed". */
const idleMs = 10_000
/** "Miner supports max 16 IP clients". */
const connectionLimit = 16
const requestLimit = 64 * 1024

export interface MinerPort {
  /** The TCP port that it has, also while it doesn't listen. */
  readonly port: number
  /** Listens, or stops listening, as the miner's state asks; to be called after each change. */
  follow(): Promise<void>
  close(): Promise<void>
}

/** Opens a miner's API port: one request on a connection, one answer, then it is closed. */
export async function startMinerPort(
  miner: SimulatedWhatsminer,
  { host, port, clock }: { readonly host: string; readonly port: number; readonly clock: Clock },
): Promise<MinerPort> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    converse(socket, miner, clock, () => void follow())
  })
  server.maxConnections = connectionLimit
  const listen = (on: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port: on }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  const stop = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) server.close(() => resolve())
      else resolve()
    })
  await listen(port)
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  let cancelReturn = () => {}
  let closed = false
  const sync = async (): Promise<void> => {
    cancelReturn()
    const awayMs = miner.bootedAt() - clock.now()
    if (awayMs > 0 && !closed) cancelReturn = clock.after(awayMs, () => void follow())
    const wanted = !closed && awayMs <= 0 && miner.controls().fault !== 'offline'
    if (wanted && !server.listening) await listen(actual)
    if (!wanted) await stop()
  }
  let last = Promise.resolve()
  const follow = () => (last = last.catch(() => undefined).then(sync))
  return {
    port: actual,
    follow,
    close() {
      closed = true
      return follow()
    },
  }
}

/** `onCommand` is told when a request was answered, or obeyed without an answer: the miner may be another then. */
function converse(socket: Socket, miner: SimulatedWhatsminer, clock: Clock, onCommand: () => void): void {
  let request = ''
  let answered = false
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  const cancelIdle = clock.after(idleMs, () => socket.destroy())
  socket.once('close', cancelIdle)
  const answer = () => {
    if (answered) return
    answered = true
    cancelIdle()
    void reply(socket, miner, clock, request).finally(onCommand)
  }
  socket.on('data', (chunk: string) => {
    request += chunk
    const isJson = request.trimStart().startsWith('{')
    if (!isJson || request.length > requestLimit || findDocument(request) !== null) answer()
  })
  socket.once('end', answer)
}

async function reply(socket: Socket, miner: SimulatedWhatsminer, clock: Clock, request: string): Promise<void> {
  const { fault, slowMs, quirk } = miner.controls()
  if (fault === 'silent') return
  if (fault === 'slow') {
    const gone = new AbortController()
    socket.once('close', () => gone.abort())
    await clock.sleep(slowMs, gone.signal)
  }
  if (socket.destroyed) return
  const text = fault === 'garbage' ? '<html>not a miner' : answerTo(miner, request, socket.remoteAddress ?? '')
  if (text === null || fault === 'mute') return
  const whole = quirk === 'trailing-nul' ? `${text}\0` : text
  await new Promise<void>((resolve) => {
    socket.once('close', resolve)
    if (quirk === 'keeps-open') socket.write(whole, () => resolve())
    else socket.end(whole, resolve)
  })
}

function answerTo(miner: SimulatedWhatsminer, request: string, from: string): string | null {
  const found = findDocument(request)
  const answer = miner.answer(found === null ? request : request.slice(found.start, found.end), from)
  return answer === null ? null : JSON.stringify(answer)
}
