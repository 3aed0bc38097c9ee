import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import RPC from '@hyperswarm/rpc'
import HyperDHT from 'hyperdht'

const loopback = '127.0.0.1'

/** The options without which a connect in a small DHT fails now and then; all else as the library has it. */
const options = { host: loopback, ephemeral: true, firewalled: false } as const

/**
 * The reference: the plain library, between two processes. Each sample is the time of a first request by key, connecting
 * included; the client's DHT node is the same throughout.
 */
export async function measureRawRpc(bootstrap: readonly string[], count: number): Promise<number[]> {
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), ...bootstrap], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const publicKey = await new Promise<Buffer>((resolve) => {
    server.stdout.once('data', (key: Buffer) => resolve(Buffer.from(key.toString(), 'hex')))
  })
  const dht = new HyperDHT({ ...options, bootstrap })
  const samples: number[] = []
  for (let round = 0; round < count; round += 1) {
    const rpc = new RPC({ dht })
    const startedAt = performance.now()
    await rpc.request(publicKey, 'echo', Buffer.from('x'), { timeout: 10_000 })
    samples.push(performance.now() - startedAt)
    await rpc.destroy()
  }
  await dht.destroy({ force: true })
  server.kill('SIGKILL')
  return samples
}

/** The server's process. */
async function serve(bootstrap: readonly string[]): Promise<void> {
  const dht = new HyperDHT({ ...options, bootstrap })
  const server = new RPC({ dht }).createServer()
  server.respond('echo', (value: Buffer) => value)
  await server.listen()
  process.stdout.write(server.publicKey.toString('hex'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv.slice(2))
