import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Ports of 127.0.0.1 that nobody listens on now. Somebody else may take one before its user does. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = []
  try {
    // All at once, so that no port is given twice.
    for (let i = 0; i < count; i++) {
      const server = createServer().listen(0, '127.0.0.1')
      servers.push(server)
      await once(server, 'listening')
    }
    return servers.map((server) => {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
      return address.port
    })
  } finally {
    for (const server of servers) server.close()
  }
}
