import HyperDHT from 'hyperdht'
import { loopback } from './test-dht.ts'

/** Keys that announce a topic from one node, as a stranger can make as many as it likes. */
export interface Strangers {
  /** Keys that the first of them hand off; the others announce and answer nobody. */
  readonly handedOff: readonly string[]
  close(): Promise<void>
}

export interface StrangersOptions {
  readonly bootstrap: readonly string[]
  readonly topic: string
  readonly count: number
  readonly handingOff: number
}

const atOnce = 25

export async function announceStrangers(options: StrangersOptions): Promise<Strangers> {
  const { bootstrap, topic, count, handingOff } = options
  const dht = new HyperDHT({ bootstrap, host: loopback, port: [0, 0], firewalled: false })
  await dht.fullyBootstrapped()
  const own = dht.localAddress()
  const address = { host: loopback, port: own?.port ?? 0 }
  const handedOff: string[] = []
  const announce = async (at: number) => {
    const pair = HyperDHT.keyPair(Buffer.alloc(32, `stranger ${at} `))
    if (at < handingOff) {
      const key = Buffer.alloc(32, `key of stranger ${at} `)
      handedOff.push(key.toString('hex'))
      const server = dht.createServer({ firewall: () => false }, (stream) => {
        stream.on('error', () => undefined)
        stream.write(key)
      })
      void server.listen(pair).catch(() => undefined)
      while (server.publicKey === null) await new Promise(setImmediate)
    }
    await dht.announce(Buffer.from(topic, 'hex'), pair, [address], { retries: 1 }).finished()
  }
  let next = 0
  const work = async () => {
    while (next < count) await announce(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { handedOff, close: () => dht.destroy({ force: true }) }
}
