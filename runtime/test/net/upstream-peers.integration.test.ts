import RPC from '@hyperswarm/rpc'
import HyperDHT, { type SecretStream } from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { eventually } from './eventually.ts'
import { startTestDht, type TestDht } from './test-dht.ts'

// Peers made of the unmodified libraries, with their default options, as upstream uses them.

const topic = 'ab'.repeat(32)
const quick = { timeoutMs: 5_000 }

describe('peers of upstream', () => {
  let dht: TestDht
  let ours: NetworkNode
  const endings: (() => Promise<unknown>)[] = []
  beforeEach(async () => {
    dht = await startTestDht()
    ours = await dht.join(1)
  })
  afterEach(async () => {
    await Promise.all(endings.splice(0).map((end) => end()))
    await dht.close()
  })

  function plainRpc(): RPC {
    const node = new HyperDHT({ bootstrap: dht.bootstrap })
    const rpc = new RPC({ dht: node })
    endings.push(async () => {
      await rpc.destroy()
      await node.destroy({ force: true })
    })
    return rpc
  }

  function plainSwarm(): Hyperswarm {
    const swarm = new Hyperswarm({ bootstrap: dht.bootstrap })
    endings.push(() => swarm.destroy())
    return swarm
  }

  test("a Hyperswarm client of the topic gets the 32 bytes of the listener's key first", async () => {
    const announcement = ours.announce(topic, ours.publicKey)
    await eventually('the topic is announced', () => announcement.announced)
    const swarm = plainSwarm()
    const handOff = new Promise<Buffer>((resolve) => {
      swarm.on('connection', (stream: SecretStream) => {
        stream.on('error', () => undefined)
        stream.on('data', resolve)
      })
    })
    swarm.join(Buffer.from(topic, 'hex'), { server: false, client: true })
    expect((await handOff).toString('hex')).toBe(ours.publicKey)
  })

  test("a request of an RPC client's pool is answered", async () => {
    await ours.listen({ admits: () => true, answer: (message) => Promise.resolve(Buffer.concat([message, message])) })
    await eventually('the key is announced', () => ours.announced)
    const rpc = plainRpc()
    const ask = (text: string) =>
      rpc.request(Buffer.from(ours.publicKey, 'hex'), 'mdk', Buffer.from(text), { timeout: 5_000 })
    expect((await ask('twice ')).toString()).toBe('twice twice ')
    const long = 'x'.repeat(70_000)
    expect((await ask(long)).toString()).toBe(long + long)
  })

  test('a method other than mdk is answered with UNKNOWN_METHOD', async () => {
    await ours.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
    await eventually('the key is announced', () => ours.announced)
    const request = plainRpc().request(Buffer.from(ours.publicKey, 'hex'), 'other', Buffer.from(''), { timeout: 5_000 })
    await expect(request).rejects.toMatchObject({ code: 'UNKNOWN_METHOD' })
  })

  test('our requests to an RPC server are answered, and what it refuses is refused', async () => {
    const server = plainRpc().createServer()
    server.respond('mdk', (value) => {
      if (value.toString() === 'no') throw new Error('I will not')
      return Buffer.concat([value, value])
    })
    await server.listen()
    const link = await ours.dial({ publicKey: server.publicKey.toString('hex') }, quick)
    expect((await link.request(Buffer.from('twice '), quick)).toString()).toBe('twice twice ')
    await expect(link.request(Buffer.from('no'), quick)).rejects.toMatchObject({ failure: 'refused' })
    expect(link.open).toBe(true)
    expect(link.isOurs).toBe(false)
  })

  test('our lookup finds a Hyperswarm server, and reads the key that it hands off', async () => {
    const swarm = plainSwarm()
    const key = Buffer.alloc(32, 7)
    swarm.on('connection', (stream) => {
      stream.on('error', () => undefined)
      stream.write(key)
    })
    swarm.join(Buffer.from(topic, 'hex'), { server: true, client: false })
    await swarm.flush()
    let found: string[] = []
    await eventually('it is found', async () => {
      found = await ours.lookup(topic, quick)
      return found.length === 1
    })
    expect(await ours.takeHandOff(found[0]!, quick)).toBe(key.toString('hex'))
  })
})
