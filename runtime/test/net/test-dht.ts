import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type BootstrapNode, startBootstrapNode } from '../../src/net/bootstrap-node.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { testPair } from './test-pair.ts'

/** A private DHT of three bootstrap nodes on loopback, and what was started in it. */
export interface TestDht {
  readonly bootstrap: readonly string[]
  /** Joins with the pair of this number. */
  join(pair: number): Promise<NetworkNode>
  /** Ends a bootstrap node and starts another, empty one at its address. */
  restartBootstrap(at: number): Promise<void>
  stopBootstrap(at: number): Promise<void>
  close(): Promise<void>
}

export const loopback = '127.0.0.1'

export async function startTestDht(): Promise<TestDht> {
  const nodes: BootstrapNode[] = []
  for (let at = 0; at < 3; at += 1) nodes.push(await startBootstrapNode({ host: loopback, port: 0 }))
  const bootstrap = nodes.map(({ address }) => `${address.host}:${address.port}`)
  const joined: NetworkNode[] = []
  return {
    bootstrap,
    async join(pair) {
      const node = await startDhtNode({ identity: testPair(pair), bootstrap, host: loopback, port: 0 })
      joined.push(node)
      return node
    },
    async restartBootstrap(at) {
      const { address } = nodes[at]!
      await nodes[at]!.close()
      nodes[at] = await startBootstrapNode(address)
    },
    stopBootstrap: (at) => nodes[at]!.close(),
    async close() {
      await Promise.all(joined.map((node) => node.close()))
      await Promise.all(nodes.map((node) => node.close()))
    },
  }
}

/** A process that listens with the pair of this number and answers with what it gets. */
export async function startPeerProcess(pair: number, bootstrap: readonly string[]): Promise<ChildProcess> {
  const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)
  const code = `
    const { startDhtNode } = await import(${source('net/dht-node.ts')})
    const options = { identity: ${JSON.stringify(testPair(pair))}, bootstrap: ${JSON.stringify(bootstrap)} }
    const node = await startDhtNode({ ...options, host: '${loopback}', port: 0 })
    await node.listen({ admits: () => true, answer: async (message) => message })
    while (!node.announced) await new Promise((resolve) => setTimeout(resolve, 10))
    process.stdout.write('up')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}
