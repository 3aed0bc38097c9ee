import type HyperDHT from 'hyperdht'
import type { Address } from 'hyperdht'
import { systemClock } from '../machine/clock.ts'
import { within } from '../machine/within.ts'

/** Binding failed: the address or port can't be had. The message says which and what to do. */
export class BindError extends Error {
  override readonly name = 'BindError'
}

/** Waits until the node's socket is bound and gives its port; if that fails the node is gone. Throws a BindError. */
export async function bind(dht: HyperDHT, host: string, port: number): Promise<Address> {
  try {
    await dht.bind()
  } catch (error) {
    await destroyDht(dht)
    const message = `UDP port ${port} of ${host} cannot be bound; give an IPv4 address of this host and a port that is free`
    throw new BindError(message, { cause: error })
  }
  const address = dht.localAddress()
  if (address === null) throw new BindError(`the socket on ${host} has no address`)
  return { host, port: address.port }
}

/** No close may take longer: what is left ends with the process. */
const destroyLimitMs = 2_000

/**
 * Ends a node without withdrawing its records: a successor with the same key may have announced already, and withdrawing goes
 * by key. Waits for the sockets, but not for long.
 */
export async function destroyDht(dht: HyperDHT): Promise<void> {
  const destroyed = dht.destroy({ force: true }).catch(() => undefined)
  await within(systemClock, destroyLimitMs, destroyed, undefined)
}

/** `host:port` as the library wants it. */
export function parseBootstrap(entry: string): Address {
  const colon = entry.lastIndexOf(':')
  const port = Number(entry.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`a bootstrap node must be given as host:port, not as '${entry}'`)
  }
  return { host: entry.slice(0, colon), port }
}
