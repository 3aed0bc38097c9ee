import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import HyperDHT from 'hyperdht'
import type { PeerAddress } from './link.ts'
import { bind, destroyDht } from './open-dht.ts'

export interface BootstrapNodeOptions {
  /** IPv4 address to bind. It is the node's identity: peers must reach it at exactly this address and port. */
  readonly host: string
  /** UDP port, exactly; 0 means any free one (tests). */
  readonly port: number
}

/** A node that stores records. It lists no others: a node that can't reach its peers would store nothing meanwhile. */
export interface BootstrapNode {
  readonly address: PeerAddress
  /** Whether the node answers over the network and stores records. */
  answersItself(): Promise<boolean>
  close(): Promise<void>
}

/** Rejects with a BindError when the port can't be had. */
export async function startBootstrapNode({ host, port }: BootstrapNodeOptions): Promise<BootstrapNode> {
  const exactPort = port === 0 ? await freePort(host) : port
  const dht = HyperDHT.bootstrapper(exactPort, host, { host, bootstrap: [] })
  const address = await bind(dht, host, exactPort)
  await dht.fullyBootstrapped()
  let closing: Promise<void> | undefined
  return {
    address,
    async answersItself() {
      if (closing !== undefined || dht.ephemeral) return false
      return dht.ping(address).then(
        () => true,
        () => false,
      )
    },
    close: () => (closing ??= destroyDht(dht)),
  }
}

async function freePort(host: string): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}
