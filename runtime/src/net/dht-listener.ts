import { setImmediate as nextTurn } from 'node:timers/promises'
import type HyperDHT from 'hyperdht'
import type { SecretStream, Server } from 'hyperdht'
import type { Identity } from './identity.ts'
import type { Answering, Listener } from './link.ts'
import type { NetLog } from './net-log.ts'
import { serveRpcChannel } from './rpc-channel.ts'

/**
 * Serves requests under the process's key. A caller that isn't admitted sees that nobody answers: its handshake is dropped.
 * Resolves when callers that know the address can connect; announcing is left to others, as it can take long.
 */
export async function listenForRequests(
  dht: HyperDHT,
  identity: Identity,
  answering: Answering,
  log: NetLog,
): Promise<Listener> {
  const callers = new Map<SecretStream, string>()
  let closed = false
  const admits = (publicKey: string) => !closed && answering.admits(publicKey)
  const onConnection = (stream: SecretStream) => {
    const caller = stream.remotePublicKey.toString('hex')
    stream.on('error', () => undefined)
    if (!admits(caller)) {
      stream.destroy()
      return
    }
    callers.set(stream, caller)
    stream.on('close', () => callers.delete(stream))
    serveRpcChannel(stream, identity.publicKey, answering, log)
  }
  const firewall = (publicKey: Buffer) => !admits(publicKey.toString('hex'))
  await listen(dht.createServer({ firewall }, onConnection), identity)
  return {
    publicKey: identity.publicKey.toString('hex'),
    callers: () => [...new Set(callers.values())],
    recheck() {
      for (const [stream, caller] of callers) {
        if (!admits(caller)) stream.destroy()
      }
    },
    close() {
      closed = true
      for (const stream of callers.keys()) stream.destroy()
      return Promise.resolve()
    },
  }
}

/**
 * Starts a server and waits until peers can connect, which is within a turn or two: the library's own promise waits for a
 * first announcement, up to a quarter of a minute when a DHT node is gone. The server ends with its node only: closing it alone
 * withdraws the record.
 */
export async function listen(server: Server, identity: Identity): Promise<void> {
  const refused = new Promise<never>((_, reject) => {
    server.listen(identity).catch(reject)
  })
  while (server.publicKey === null) await Promise.race([refused, nextTurn()])
  refused.catch(() => undefined)
}
