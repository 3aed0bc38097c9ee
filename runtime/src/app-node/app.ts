/**
 * App Node: the HTTP edge of a site. It dials ORK by the public key in `discovery.json` and serves what ORK knows. Without a
 * key, a DHT or an ORK it serves all the same and says in `/health` what is missing.
 */
import { randomUUID } from 'node:crypto'
import { createOrkClient, type OrkClient, type OrkConnection } from '../client/ork-client.ts'
import type { AppNodeConfig } from '../config.ts'
import { keepVigil } from '../doctor/keep-vigil.ts'
import { logField } from '../log.ts'
import { systemRandom } from '../machine/random.ts'
import { type DhtNodeOptions, startDhtNode } from '../net/dht-node.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { type Program, type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { ready } from '../process/readiness.ts'
import { registerMetrics } from './http-metrics.ts'
import { startHttpServer } from './http-server.ts'
import { addRoutes } from './routes.ts'
import { createWorkerView } from './worker-view.ts'

export interface AppNodePorts extends ProgramPorts {
  /** Opens the node that dials ORK: one of the DHT unless given. */
  readonly openNode?: (options: DhtNodeOptions) => Promise<NetworkNode>
}

export interface RunningAppNode extends RunningProgram {
  /** TCP port of the HTTP API. */
  readonly port: number
}

/** Starts App Node. Rejects if its key can't be used or a port can't be had. */
export async function startAppNode(config: AppNodeConfig, ports: AppNodePorts): Promise<RunningAppNode> {
  let port = config.port
  const running = await startProgram(config, ports, async (program) => {
    port = await openParts(program, config, ports.openNode ?? startDhtNode)
  })
  return { ...running, port }
}

async function openParts(
  program: Program,
  config: AppNodeConfig,
  openNode: NonNullable<AppNodePorts['openNode']>,
): Promise<number> {
  const { files, log, clock, registry } = program
  const vigil = program.own(keepVigil(program, config))
  const orkPublicKey = (): string | null => files.discovery.current()?.orkPublicKey ?? null
  const bootstrap = (): readonly string[] => files.discovery.current()?.bootstrap ?? []
  const node = program.own(
    await openNode({ identity: files.key(), bootstrap: bootstrap(), host: config.podIp, port: config.dhtPort, log }),
  )
  const ork = program.own(
    createClient(node, program, (connection) => {
      log.info({ connection }, 'connection to ORK changed')
      vigil.see(connection.kind !== 'connected')
    }),
  )
  const workers = createWorkerView(() => ork.listWorkers(), clock)

  const dialOrk = (): void => {
    const publicKey = orkPublicKey()
    if (publicKey === null)
      log.warn('no ORK public key is known; it is read from discovery.json as soon as it is there')
    else log.info({ [logField.publicKey]: publicKey }, 'ORK is dialled')
    workers.forget()
    ork.setOrk(publicKey === null ? null : { publicKey })
    vigil.see(true)
  }
  const followDiscovery = (): void => {
    node.setBootstrap(bootstrap())
    if (orkPublicKey() !== dialled) {
      dialled = orkPublicKey()
      dialOrk()
    }
  }
  let dialled = orkPublicKey()
  program.onClose(files.discovery.subscribe(followDiscovery))
  dialOrk()

  const metrics = registerMetrics(registry, () => ork.connection().kind === 'connected')
  const tokens = () => files.appNodeTokens.current()
  // The admin token is for /v1/status: its absence takes nothing from those who use App Node.
  const fileProblems = () =>
    Object.fromEntries(Object.entries(files.problems()).filter(([folder]) => folder !== 'admin'))
  const diagnosis = () => vigil.diagnosis()
  const routes = { ork, workers, orkPublicKey, tokens, fileProblems, diagnosis, clock, log }
  const http = program.own(
    await startHttpServer({ port: config.port, routes: (to) => addRoutes(to, routes), metrics, log, clock }),
  )
  program.setReadiness(() => ready)
  program.setDetail(() => ({
    ork: ork.connection(),
    orkPublicKey: orkPublicKey(),
    port: http.port,
    diagnosis: diagnosis(),
  }))
  return http.port
}

function createClient(
  dialler: NetworkNode,
  { clock }: Pick<Program, 'clock'>,
  onConnection: (connection: OrkConnection) => void,
): OrkClient {
  return createOrkClient({
    dialler,
    sender: 'app-node',
    clock,
    random: systemRandom,
    newId: randomUUID,
    onConnection,
  })
}
