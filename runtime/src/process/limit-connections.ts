import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Bounds the connections of a server so that they can't be used up: one too many ends the one that has been without a request
 * for longest. Whoever holds connections open and asks for nothing keeps no probe from its answer.
 */
export function limitConnections(server: Server, limit: number): void {
  const open = new Set<Socket>()
  /** Those without a request, the longest first. */
  const idle = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    idle.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      idle.delete(socket)
    })
    const [longest] = idle
    if (open.size > limit) longest?.destroy()
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket)
    })
  })
}
