/** The reference: a process with the plain library and nothing of ours, as a server that echoes or as a client. */
import RPC, { type RpcClient } from '@hyperswarm/rpc'
import HyperDHT from 'hyperdht'
import { forEachBounded } from '../../../runtime/src/machine/bounded-fan-out.ts'
import { serveJobs } from './child.ts'
import { type ClosedLoop, type OpenLoop, type Served, serveClosedLoop, serveCount, serveOpenLoop } from './load.ts'

/** What the library needs in a small DHT on one host; all else as it comes. */
const nodeOptions = { host: '127.0.0.1', ephemeral: true, firewalled: false } as const

interface Sizes {
  readonly requestBytes: number
  readonly replyBytes: number
}

let client: RpcClient | undefined
const workers: RpcClient[] = []
let reply = Buffer.alloc(0)

function openRpc(bootstrap: readonly string[], seed?: string): RPC {
  const keyPair = seed === undefined ? undefined : HyperDHT.keyPair(Buffer.from(seed, 'hex'))
  const dht = new HyperDHT({ ...nodeOptions, bootstrap, ...(keyPair !== undefined && { keyPair }) })
  return new RPC({ dht, ...(keyPair !== undefined && { keyPair }) })
}

/** A request of the size that is asked for. */
function requestOf({ requestBytes }: Pick<Sizes, 'requestBytes'>): () => Promise<Buffer> {
  if (client === undefined) throw new Error('connect first')
  const [to, message] = [client, Buffer.alloc(requestBytes, 'x')]
  return () => to.request('echo', message)
}

const jobs = {
  /** Serves with replies of any size, and gives the key. */
  async serve({ bootstrap }: { readonly bootstrap: readonly string[] }): Promise<string> {
    const server = openRpc(bootstrap).createServer()
    server.respond('echo', () => reply)
    await server.listen()
    return server.publicKey.toString('hex')
  },
  replyWith({ replyBytes }: Pick<Sizes, 'replyBytes'>): Promise<void> {
    reply = Buffer.alloc(replyBytes, 'y')
    return Promise.resolve()
  },
  async connect({ bootstrap, key }: { readonly bootstrap: readonly string[]; readonly key: string }): Promise<void> {
    client = openRpc(bootstrap).connect(Buffer.from(key, 'hex'))
    await client.request('echo', Buffer.alloc(0))
  },
  closedLoop: (loop: ClosedLoop & Sizes): Promise<Served> => serveClosedLoop(requestOf(loop), loop),
  openLoop: (loop: OpenLoop & Sizes): Promise<Served> => serveOpenLoop(requestOf(loop), loop),
  count: ({ count, ...sizes }: Sizes & { readonly count: number }): Promise<Served> =>
    serveCount(requestOf(sizes), count, 64),
  /** Connects to workers of ours with ORK's key, 64 at once, and asks each one question. How long that took, in ms. */
  async dialWorkers({ bootstrap, seed, keys, frame }: WorkersDialled): Promise<number> {
    const rpc = openRpc(bootstrap, seed)
    const startedAt = performance.now()
    await forEachBounded(keys, 64, async (key) => {
      workers.push(await dialWorker(rpc, Buffer.from(key, 'hex'), Buffer.from(frame)))
    })
    return performance.now() - startedAt
  },
  /** Asks each of them once, 24 at once as ORK does. How long that took, in ms. */
  async askWorkers({ frame }: { readonly frame: string }): Promise<number> {
    const message = Buffer.from(frame)
    const startedAt = performance.now()
    await forEachBounded(workers, 24, async (worker) => {
      await worker.request('mdk', message)
    })
    return performance.now() - startedAt
  },
}

/** As often as it takes: on a busy machine one connect in some hundreds is lost. */
async function dialWorker(rpc: RPC, key: Buffer, frame: Buffer): Promise<RpcClient> {
  for (let tries = 1; ; tries += 1) {
    const worker = rpc.connect(key)
    try {
      await worker.request('mdk', frame, { timeout: 5_000 })
      return worker
    } catch (error) {
      worker.destroy()
      if (tries === 5) throw error
    }
  }
}

interface WorkersDialled {
  readonly bootstrap: readonly string[]
  readonly seed: string
  readonly keys: readonly string[]
  /** What each is asked. */
  readonly frame: string
}

export type RawPeerJobs = typeof jobs

serveJobs(jobs)
