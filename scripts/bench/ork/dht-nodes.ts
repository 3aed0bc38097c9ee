/** Three bootstrap nodes in a process of their own. */
import { startTestDht } from '../../../runtime/test/net/test-dht.ts'
import { serveJobs } from './child.ts'

const jobs = {
  /** Gives `host:port` of each. */
  start: async (): Promise<readonly string[]> => (await startTestDht()).bootstrap,
}

export type DhtNodesJobs = typeof jobs

serveJobs(jobs)
