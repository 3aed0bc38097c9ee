/**
 * App Node without a process around it: no files, no environment, so that it can also live inside another program or a test. It
 * dials ORK by its public key and serves over HTTP what ORK knows. Without a key or an ORK it serves all the same and says in
 * `/health` what is missing.
 */
import type { Registry } from 'prom-client'
import { createOrkClient, type OrkConnection } from '../client/ork-client.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import { opening } from '../machine/resource.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { registerMetrics } from './http-metrics.ts'
import { startHttpServer } from './http-server.ts'
import { addRoutes, type RouteParts } from './routes.ts'
import { createWorkerView } from './worker-view.ts'

export interface EdgeOptions extends Pick<RouteParts, 'orkPublicKey' | 'tokens' | 'fileProblems' | 'diagnosis'> {
  /** Closed by whoever opened it, after the edge. */
  readonly node: NetworkNode
  /** TCP port; 0 takes any free one. */
  readonly port: number
  /** Address to serve on; every one of the host unless given. */
  readonly host?: string
  readonly onConnection?: (connection: OrkConnection) => void
  readonly clock: Clock
  readonly random: Random
  /** A fresh UUID. */
  readonly newId: () => string
  readonly registry: Registry
  readonly log: Log
}

/** App Node at work. */
export interface Edge {
  /** The TCP port that it got. */
  readonly port: number
  connection(): OrkConnection
  /** Dials whom `orkPublicKey` names now, if that is another one. */
  followOrk(): void
  close(): Promise<void>
}

/** Dials ORK and serves HTTP. Rejects if the port can't be had. */
export function startEdge(options: EdgeOptions): Promise<Edge> {
  const { node, port, host, orkPublicKey, onConnection, clock, random, newId, registry, log } = options
  return opening(async (resources) => {
    const ork = resources.add(
      createOrkClient({
        dialler: node,
        sender: 'app-node',
        clock,
        random,
        newId,
        onConnection(connection) {
          log.info({ connection }, 'connection to ORK changed')
          onConnection?.(connection)
        },
      }),
    )
    const workers = createWorkerView(() => ork.listWorkers(), clock)
    const dialOrk = (publicKey: string | null): void => {
      if (publicKey === null)
        log.warn('no ORK public key is known; it is read from discovery.json as soon as it is there')
      else log.info({ [logField.publicKey]: publicKey }, 'ORK is dialled')
      workers.forget()
      ork.setOrk(publicKey === null ? null : { publicKey })
    }
    let dialled = orkPublicKey()
    dialOrk(dialled)
    const metrics = registerMetrics(registry, () => ork.connection().kind === 'connected')
    const serving = { port, metrics, log, clock, newId, ...(host !== undefined && { host }) }
    const routes = (to: Parameters<typeof addRoutes>[0]) => addRoutes(to, { ...options, ork, workers })
    const http = resources.add(await startHttpServer({ ...serving, routes }))
    return {
      port: http.port,
      connection: () => ork.connection(),
      followOrk() {
        if (orkPublicKey() === dialled) return
        dialled = orkPublicKey()
        dialOrk(dialled)
      },
      close: () => resources.close(),
    }
  })
}
