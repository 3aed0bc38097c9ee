import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startBootstrapNode } from '../../src/net/bootstrap-node.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import type { Answering, Peer } from '../../src/net/link.ts'
import { networkSuite } from '../../src/net/network-suite.ts'
import { BindError } from '../../src/net/open-dht.ts'
import { eventually } from './eventually.ts'
import { loopback, startPeerProcess, startTestDht, type TestDht } from './test-dht.ts'
import { testPair } from './test-pair.ts'

networkSuite('DHT node', async () => {
  const dht = await startTestDht()
  return {
    join: (identity) => startDhtNode({ identity, bootstrap: dht.bootstrap, host: loopback, port: 0 }),
    close: () => dht.close(),
  }
})

const echo: Answering = { admits: () => true, answer: (message) => Promise.resolve(message) }
const topic = 'ab'.repeat(32)
const quick = { timeoutMs: 5_000 }

describe('startDhtNode', () => {
  let dht: TestDht
  beforeEach(async () => {
    dht = await startTestDht()
  })
  afterEach(() => dht.close())

  test('without any DHT node a peer is reached by address, and only there', async () => {
    const [server, client] = await Promise.all(
      [1, 2].map((pair) => startDhtNode({ identity: testPair(pair), bootstrap: [], host: loopback, port: 0 })),
    )
    await server!.listen(echo)
    const link = await client!.dial({ publicKey: server!.publicKey, address: server!.address }, quick)
    expect((await link.request(Buffer.from('x'), quick)).toString()).toBe('x')
    const stranger = { publicKey: testPair(9).publicKey }
    await expect(client!.dial(stranger, quick)).rejects.toMatchObject({ failure: 'unreachable' })
    expect(server!.announced).toBe(false)
    await expect(client!.lookup(topic, quick)).rejects.toMatchObject({ failure: 'unreachable' })
    await Promise.all([server!.close(), client!.close()])
  })

  test('fifteen megabytes pass in both directions', async () => {
    const server = await dht.join(1)
    const client = await dht.join(2)
    await server.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
    const link = await client.dial({ publicKey: server.publicKey, address: server.address }, quick)
    expect(await link.request(Buffer.alloc(15_000_000), { timeoutMs: 20_000 })).toHaveLength(15_000_000)
  })

  test('a name is resolved for dialling, and one that does not exist leaves the way over the DHT', async () => {
    const server = await dht.join(1)
    const client = await dht.join(2)
    await server.listen(echo)
    await eventually('the key is announced', () => server.announced)
    const { publicKey, address } = server
    for (const host of ['localhost', 'does-not-exist.invalid']) {
      const link = await client.dial({ publicKey, address: { host, port: address.port } }, quick)
      expect((await link.request(Buffer.from('x'), quick)).toString()).toBe('x')
    }
  })

  test('a peer that is there is dialled at once beside three hundred that are not', async () => {
    const server = await dht.join(1)
    const client = await dht.join(2)
    await server.listen(echo)
    const ended: string[] = []
    const enough = new AbortController()
    const dial = (name: string, peer: Peer) =>
      client.dial(peer, { timeoutMs: 30_000, signal: enough.signal }).then(
        () => ended.push(name),
        () => ended.push(name),
      )
    const nobody = { host: loopback, port: 9 }
    const absent = Array.from({ length: 300 }, (_, number) => {
      return dial('absent', { publicKey: testPair(10 + number).publicKey, address: nobody })
    })
    await dial('present', { publicKey: server.publicKey, address: server.address })
    expect(ended).toEqual(['present'])
    enough.abort()
    await Promise.all(absent)
  })

  test('an address at which another process listens by now leaves the way over the DHT', async () => {
    const server = await dht.join(1)
    const client = await dht.join(2)
    const other = await dht.join(3)
    await server.listen(echo)
    await other.listen(echo)
    await eventually('the key is announced', () => server.announced)
    const link = await client.dial({ publicKey: server.publicKey, address: other.address }, quick)
    expect(link.publicKey).toBe(server.publicKey)
    expect((await link.request(Buffer.from('x'), quick)).toString()).toBe('x')
  })

  test('a peer is found again soon after all DHT nodes have lost their memory', { timeout: 60_000 }, async () => {
    const server = await dht.join(1)
    await server.listen(echo)
    const announcement = server.announce(topic, server.publicKey)
    await eventually('all is announced', () => server.announced && announcement.announced)
    for (const at of [0, 1, 2]) await dht.restartBootstrap(at)
    const started = performance.now()
    await eventually('found by key', () => reaches(3, server.publicKey), 15_000)
    await eventually('found by topic', () => finds(4), 15_000)
    expect(performance.now() - started).toBeLessThan(15_000)
  })

  test('a node that starts before any DHT node is announced seconds after they come', { timeout: 60_000 }, async () => {
    for (const at of [0, 1, 2]) await dht.stopBootstrap(at)
    const server = await dht.join(1)
    await server.listen(echo)
    const client = await dht.join(2)
    const direct = await client.dial({ publicKey: server.publicKey, address: server.address }, quick)
    expect(direct.open).toBe(true)
    for (const at of [0, 1, 2]) await dht.restartBootstrap(at)
    await eventually('found by key', () => reaches(3, server.publicKey), 15_000)
  })

  test('with one of three DHT nodes dead, a fresh peer is found in a second', async () => {
    await dht.stopBootstrap(1)
    const server = await dht.join(1)
    await server.listen(echo)
    const announcement = server.announce(topic, server.publicKey)
    await eventually('all is announced', () => server.announced && announcement.announced, 4_000)
    const client = await dht.join(2)
    await client.dial({ publicKey: server.publicKey }, { timeoutMs: 1_000 })
    expect(await client.lookup(topic, { timeoutMs: 1_000 })).toHaveLength(1)
  })

  test('the links of a killed peer end within 8 seconds, though nobody asks it anything', {
    timeout: 30_000,
  }, async () => {
    const peer = await startPeerProcess(1, dht.bootstrap)
    const client = await dht.join(2)
    const link = await client.dial({ publicKey: testPair(1).publicKey }, quick)
    peer.kill('SIGKILL')
    const killed = performance.now()
    expect((await link.ended).failure).toBe('timeout')
    expect(performance.now() - killed).toBeLessThan(8_000)
  })

  test('a peer that was killed and restarted is dialled anew beside the old, dead stream', {
    timeout: 30_000,
  }, async () => {
    const peer = await startPeerProcess(1, dht.bootstrap)
    const client = await dht.join(2)
    const old = await client.dial({ publicKey: testPair(1).publicKey }, quick)
    peer.kill('SIGKILL')
    const again = await startPeerProcess(1, dht.bootstrap)
    const link = await client.dial({ publicKey: testPair(1).publicKey }, quick)
    expect(old.open).toBe(true)
    expect((await link.request(Buffer.from('x'), quick)).toString()).toBe('x')
    again.kill('SIGKILL')
  })

  test('a peer that comes back at another port is dialled by its key in a second, though the DHT has one node only', {
    timeout: 30_000,
  }, async () => {
    const only = await startBootstrapNode({ host: loopback, port: 0 })
    const bootstrap = [`${loopback}:${only.address.port}`]
    const client = await startDhtNode({ identity: testPair(2), bootstrap, host: loopback, port: 0 })
    for (let times = 1; times <= 3; times += 1) {
      const peer = await startPeerProcess(1, bootstrap)
      const exited = once(peer, 'exit')
      try {
        const link = await client.dial({ publicKey: testPair(1).publicKey }, { timeoutMs: 1_000 })
        expect((await link.request(Buffer.from('x'), quick)).toString()).toBe('x')
      } finally {
        peer.kill('SIGKILL')
        await exited
      }
    }
    await Promise.all([client.close(), only.close()])
  })

  test('closing takes less than two and a half seconds when all DHT nodes are dead', async () => {
    const server = await dht.join(1)
    await server.listen(echo)
    server.announce(topic, server.publicKey)
    await eventually('the key is announced', () => server.announced)
    for (const at of [0, 1, 2]) await dht.stopBootstrap(at)
    const started = performance.now()
    await server.close()
    expect(performance.now() - started).toBeLessThan(2_500)
  })

  test('a predecessor that closes late takes nothing from its successor with the same key', async () => {
    const old = await dht.join(1)
    await old.listen(echo)
    const oldAnnouncement = old.announce(topic, old.publicKey)
    await eventually('the old one is announced', () => old.announced && oldAnnouncement.announced)
    const successor = await dht.join(1)
    await successor.listen(echo)
    const announcement = successor.announce(topic, successor.publicKey)
    await eventually('the new one is announced', () => successor.announced && announcement.announced)
    await old.close()
    expect(await reaches(3, successor.publicKey)).toBe(true)
    expect(await finds(4)).toBe(true)
  })

  test('a port that is taken is refused with what to do', async () => {
    const first = await dht.join(1)
    const { port } = first.address
    const options = { identity: testPair(2), bootstrap: [], host: loopback, port }
    await expect(startDhtNode(options)).rejects.toThrow(BindError)
    await expect(startDhtNode(options)).rejects.toThrow(`UDP port ${port} of ${loopback} cannot be bound`)
    await expect(startBootstrapNode({ host: loopback, port })).rejects.toThrow(BindError)
  })

  test('a bootstrap node that is not host:port is refused', async () => {
    const options = { identity: testPair(2), bootstrap: ['dht-0.dht'], host: loopback, port: 0 }
    await expect(startDhtNode(options)).rejects.toThrow("must be given as host:port, not as 'dht-0.dht'")
  })

  /** Whether a fresh process gets through to the key, knowing nothing but the DHT. */
  async function reaches(pair: number, publicKey: string): Promise<boolean> {
    const node = await dht.join(pair)
    try {
      const link = await node.dial({ publicKey }, { timeoutMs: 1_000 })
      return (await link.request(Buffer.from('x'), { timeoutMs: 1_000 })).toString() === 'x'
    } catch {
      return false
    } finally {
      await node.close()
    }
  }

  /** Whether a fresh process finds the first pair by topic and gets its hand-off. */
  async function finds(pair: number): Promise<boolean> {
    const node = await dht.join(pair)
    try {
      const [topicKey] = await node.lookup(topic, { timeoutMs: 1_000 })
      return (
        topicKey !== undefined && (await node.takeHandOff(topicKey, { timeoutMs: 1_000 })) === testPair(1).publicKey
      )
    } catch {
      return false
    } finally {
      await node.close()
    }
  }
})

describe('startBootstrapNode', () => {
  test('it answers itself as soon as it has started, and not when it is closed', async () => {
    const node = await startBootstrapNode({ host: loopback, port: 0 })
    expect(await node.answersItself()).toBe(true)
    await node.close()
    expect(await node.answersItself()).toBe(false)
  })
})
