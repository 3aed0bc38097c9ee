import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { Clock } from '../engine/clock.ts'
import type { Authorization, Cluster, TlsMaterial } from './load-cluster.ts'

/** One pool of connections to an API server, made anew when the certificates change, and the headers that let us in. */
export interface ConnectionPool {
  current(): Promise<{ readonly dispatcher: Dispatcher; readonly headers: Readonly<Record<string, string>> }>
  /** The credentials were refused: look for others before the next request. */
  refused(): void
  /** Ends all connections. Idempotent. */
  close(): Promise<void>
}

/** Credentials are looked at again after so long: a token file in a pod is replaced every hour. */
const authorizationAgeMs = 10_000
const connectTimeoutMs = 5_000
/** Finds out that a silent peer is gone, under the idle limits of load balancers. */
const keepAliveAfterMs = 30_000

export function createConnectionPool(cluster: Cluster, clock: Clock): ConnectionPool {
  let known: { authorization: Promise<Authorization>; readAt: number } | undefined
  let pool: { fingerprint: string; dispatcher: Dispatcher } | undefined
  let closed: Promise<void> | undefined

  function authorize(): Promise<Authorization> {
    if (known === undefined || clock.monotonic() - known.readAt >= authorizationAgeMs) {
      const authorization = cluster.authorize()
      authorization.catch(refused)
      known = { authorization, readAt: clock.monotonic() }
    }
    return known.authorization
  }

  function refused(): void {
    known = undefined
  }

  function dispatcherFor({ tls, tlsFingerprint }: Authorization): Dispatcher {
    if (pool?.fingerprint === tlsFingerprint) return pool.dispatcher
    // The old one ends by itself when its last request does.
    void pool?.dispatcher.close()
    pool = { fingerprint: tlsFingerprint, dispatcher: createDispatcher(cluster, tls) }
    return pool.dispatcher
  }

  return {
    async current() {
      const authorization = await authorize()
      if (closed !== undefined) throw new Error('the connection to the API server is closed')
      return { dispatcher: dispatcherFor(authorization), headers: authorization.headers }
    },
    refused,
    close: () => (closed ??= pool?.dispatcher.destroy() ?? Promise.resolve()),
  }
}

function createDispatcher({ proxyUrl }: Cluster, tls: TlsMaterial): Dispatcher {
  const connect = { ...tls, timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs }
  return proxyUrl === null ? new Agent({ connect }) : new ProxyAgent({ uri: proxyUrl, requestTls: connect })
}
