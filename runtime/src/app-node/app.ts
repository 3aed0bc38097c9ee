/** App Node as a program: its folders, its port, and ORK's public key in `discovery.json`. */
import { randomUUID } from 'node:crypto'
import type { AppNodeConfig } from '../config.ts'
import { keepVigil } from '../doctor/keep-vigil.ts'
import { systemRandom } from '../machine/random.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { type Program, type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { ready } from '../process/readiness.ts'
import { openSiteNode, type SiteNodeOptions } from '../process/site-node.ts'
import { startEdge } from './edge.ts'

export interface AppNodePorts extends ProgramPorts {
  /** Opens the node that dials ORK, unless it is the usual one. */
  readonly openNode?: (options: SiteNodeOptions) => Promise<NetworkNode>
}

export interface RunningAppNode extends RunningProgram {
  /** TCP port of the HTTP API. */
  readonly port: number
}

/** Starts App Node. Rejects if its key can't be used or a port can't be had. */
export async function startAppNode(config: AppNodeConfig, ports: AppNodePorts): Promise<RunningAppNode> {
  let port = config.port
  const running = await startProgram(config, ports, async (program) => {
    port = await openParts(program, config, ports.openNode ?? ((options) => openSiteNode(config, options)))
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
  const node = program.own(await openNode({ identity: files.key(), name: 'app-node', bootstrap: bootstrap(), log }))
  const edge = program.own(
    await startEdge({
      node,
      port: config.port,
      orkPublicKey,
      onConnection: (connection) => vigil.see(connection.kind !== 'connected'),
      tokens: () => files.appNodeTokens.current(),
      // The admin token is for /v1/status: its absence takes nothing from those who use App Node.
      fileProblems: () => Object.fromEntries(Object.entries(files.problems()).filter(([folder]) => folder !== 'admin')),
      diagnosis: () => vigil.diagnosis(),
      clock,
      random: systemRandom,
      newId: randomUUID,
      registry,
      log,
    }),
  )
  const followDiscovery = (): void => {
    node.setBootstrap(bootstrap())
    edge.followOrk()
    vigil.see(edge.connection().kind !== 'connected')
  }
  program.onClose(files.discovery.subscribe(followDiscovery))
  followDiscovery()
  program.setReadiness(() => ready)
  program.setDetail(() => ({
    ork: edge.connection(),
    orkPublicKey: orkPublicKey(),
    port: edge.port,
    diagnosis: vigil.diagnosis(),
  }))
  return edge.port
}
