/** Three bootstrap nodes in a process of their own. */
import { startBootstrapNode } from '../../../runtime/src/net/bootstrap-node.ts'
import { serveJobs } from './child.ts'

const jobs = {
  /** Gives `host:port` of each. */
  async start(): Promise<readonly string[]> {
    const nodes = []
    for (let number = 0; number < 3; number += 1) nodes.push(await startBootstrapNode({ host: '127.0.0.1', port: 0 }))
    return nodes.map(({ address }) => `${address.host}:${address.port}`)
  },
}

export type DhtNodesJobs = typeof jobs

serveJobs(jobs)
