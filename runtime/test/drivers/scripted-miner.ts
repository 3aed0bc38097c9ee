import { createServer, type Socket } from 'node:net'
import { loopback } from '../net/test-dht.ts'

/** What a scripted miner does with a request: answers, says nothing, closes the connection, or breaks it. */
export type Reply = { readonly answer: string } | 'silence' | 'end' | 'reset'

/** A TCP port that answers as a test says: the firmwares that the simulator isn't. */
export interface ScriptedMiner {
  readonly port: number
  /** Every request, as it came. */
  readonly requests: readonly string[]
  /** Resolves when so many requests have come. */
  received(count: number): Promise<void>
  close(): Promise<void>
}

/** `script` is given each request and how many came before it. */
export async function scriptedMiner(script: (request: string, before: number) => Reply): Promise<ScriptedMiner> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    socket.setEncoding('utf8')
    socket.once('data', (request: string) => {
      const reply = script(request, requests.length)
      requests.push(request)
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve()
      if (reply === 'end') socket.end()
      else if (reply === 'reset') socket.resetAndDestroy()
      else if (reply !== 'silence') socket.end(reply.answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve))
  return {
    port: (server.address() as { port: number }).port,
    requests,
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
