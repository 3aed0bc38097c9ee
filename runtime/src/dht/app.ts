/**
 * A DHT bootstrap node: it stores who is where, in memory. It depends on nobody, so that a site's nodes can be restarted in
 * any order; what it forgets in a restart, peers announce again within seconds.
 */
import type { DhtConfig } from '../config.ts'
import { startBootstrapNode } from '../net/bootstrap-node.ts'
import type { PeerAddress } from '../net/link.ts'
import { type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { notReady, ready } from '../process/readiness.ts'
import { registerMetrics } from './metrics.ts'
import { startSelfCheck } from './self-check.ts'

export interface RunningDht extends RunningProgram {
  /** What belongs into peers' lists of bootstrap nodes. */
  readonly address: PeerAddress
}

/** Starts a bootstrap node. Rejects if its port can't be had. */
export async function startDht(config: DhtConfig, ports: ProgramPorts): Promise<RunningDht> {
  let address: PeerAddress = { host: config.podIp, port: config.dhtPort }
  const running = await startProgram(config, ports, async (program) => {
    const node = program.own(await startBootstrapNode(address))
    address = node.address
    const check = program.own(startSelfCheck(() => node.answersItself(), program.clock))
    program.setReadiness(() =>
      check.passed() ? ready : notReady('the node does not answer at its own address; POD_IP must be its IPv4 address'),
    )
    program.setDetail(() => ({ address, answers: check.passed() }))
    registerMetrics(program.registry, check.passed)
    program.log.info({ host: address.host, port: address.port }, 'DHT node listens')
  })
  return { ...running, address }
}
