import type { ChildProcess } from 'node:child_process'
import HyperDHT, { type Address, type RawKeyPair, type SecretStream } from 'hyperdht'
import NoiseWrap from 'hyperdht/lib/noise-wrap.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/random/seeded-random.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { parseBootstrap } from '../../src/net/open-dht.ts'
import { converse, malformedConversations, randomConversation } from './malformed-conversations.ts'
import { startPeerProcess, startTestDht, type TestDht } from './test-dht.ts'
import { testPair } from './test-pair.ts'

// What a peer could send to end the process, before or after it is let in: the library passes a TypeError or RangeError that a
// handshake or a frame causes out of every promise. The server runs as a process of its own here, which must be alive afterwards.

/** What is inside of the library: a handshake as one request, with whatever is in it. */
interface Router {
  peerHandshake(target: Buffer, handshake: object, to: Address): Promise<unknown>
}

function sendHandshake(dht: HyperDHT, publicKey: Buffer, noise: Buffer, to: Address): Promise<unknown> {
  const { _router: router } = dht as unknown as { readonly _router: Router }
  const handshake = { noise, peerAddress: null, relayAddress: null, socket: null, session: null }
  return router.peerHandshake(HyperDHT.hash(publicKey), handshake, to).catch(() => undefined)
}

function handshakeTo(publicKey: Buffer): Buffer {
  return new NoiseWrap(HyperDHT.keyPair(Buffer.alloc(32, 7)), publicKey).send(handshakePayload)
}

const handshakePayload = {
  error: 0,
  firewall: 2,
  holepunch: null,
  addresses4: [],
  addresses6: [],
  udx: { reusableSocket: false, id: 1, seq: 0 },
  secretStream: {},
  relayThrough: null,
  relayAddresses: null,
}

/** Whatever a stream ends with is no fault here. */
function endsAnyhow(stream: SecretStream): void {
  stream.on('error', () => undefined)
}

/** A handshake whose answer is half of one. */
function endingEarly(keyPair: RawKeyPair, remotePublicKey: Buffer | null): object {
  const handshake = new NoiseWrap(keyPair, remotePublicKey)
  const send = handshake.send.bind(handshake)
  return Object.assign(handshake, { send: (payload: object) => send(payload).subarray(0, 40) })
}

const serverKey = Buffer.from(testPair(1).publicKey, 'hex')
const quick = { timeoutMs: 5_000 }
const conversations = malformedConversations(serverKey)

describe('malformed frames', () => {
  let dht: TestDht
  let server: ChildProcess
  let sender: HyperDHT
  let checker: NetworkNode
  beforeAll(async () => {
    dht = await startTestDht()
    server = await startPeerProcess(1, dht.bootstrap)
    sender = new HyperDHT({ bootstrap: dht.bootstrap, firewalled: false })
    checker = await dht.join(2)
  })
  afterAll(async () => {
    server.kill('SIGKILL')
    await sender.destroy({ force: true })
    await dht.close()
  })

  const send = (frames: readonly Buffer[]) => converse(sender.connect(serverKey, {}), frames)

  async function expectAlive(): Promise<void> {
    const link = await checker.dial({ publicKey: testPair(1).publicKey }, quick)
    expect((await link.request(Buffer.from('alive'), quick)).toString()).toBe('alive')
    link.close()
    expect(server.exitCode).toBeNull()
  }

  test('handshakes that end early do not end the process, whoever sends them', async () => {
    const [bootstrap = ''] = dht.bootstrap
    for (let length = 0; length < 160; length += 4) {
      const noise = handshakeTo(serverKey).subarray(0, length)
      // The DHT node passes it on.
      void sendHandshake(sender, serverKey, noise, parseBootstrap(bootstrap))
    }
    await expectAlive()
  })

  test('a server whose handshakes end early does not end the process that dials it', async () => {
    const pair = HyperDHT.keyPair(Buffer.alloc(32, 8))
    const hostile = sender.createServer({ firewall: () => false, createHandshake: endingEarly }, endsAnyhow)
    await hostile.listen(pair)
    const dial = checker.dial({ publicKey: pair.publicKey.toString('hex') }, { timeoutMs: 1_000 })
    await expect(dial).rejects.toMatchObject({ failure: 'unreachable' })
    await expectAlive()
  })

  /** A server that keeps the keys of all who dial it, and the way to name it as a relay. */
  async function listenAsRelay(seed: number): Promise<{ readonly relay: Buffer; readonly dialledBy: string[] }> {
    const dialledBy: string[] = []
    const own = sender.defaultKeyPair.publicKey.toString('hex')
    const firewall = (publicKey: Buffer) => {
      const key = publicKey.toString('hex')
      if (key !== own) dialledBy.push(key)
      return false
    }
    const pair = HyperDHT.keyPair(Buffer.alloc(32, seed))
    await sender.createServer({ firewall }, endsAnyhow).listen(pair)
    return { relay: pair.publicKey, dialledBy }
  }

  test('nobody is dialled whom a peer names as its relay', async () => {
    const { relay, dialledBy } = await listenAsRelay(10)
    const asClient = sender.connect(serverKey, { relayThrough: relay })
    asClient.on('error', () => undefined)
    await expectAlive()
    asClient.destroy()
    const pair = HyperDHT.keyPair(Buffer.alloc(32, 11))
    await sender.createServer({ firewall: () => false, relayThrough: relay }, endsAnyhow).listen(pair)
    await checker.dial({ publicKey: pair.publicKey.toString('hex') }, { timeoutMs: 1_000 }).catch(() => undefined)
    await expectAlive()
    expect(dialledBy).toEqual([])
  })

  test.each(Object.entries(conversations))('%s does not end the process', async (_, frames) => {
    await send(frames)
    await expectAlive()
  })

  test('random frames do not end the process', async () => {
    const random = seededRandom(7)
    for (let round = 0; round < 60; round += 1) await send(randomConversation(serverKey, random))
    await expectAlive()
  })

  test('a server that sends malformed frames does not end the process that dials it', async () => {
    const garbage = Object.values(conversations).flat()
    const hostile = sender.createServer({ firewall: () => false }, (stream) => {
      stream.on('error', () => undefined)
      stream.write(garbage[Math.floor(garbage.length / 2)]!)
      for (const frame of garbage) stream.write(frame)
    })
    const pair = HyperDHT.keyPair(Buffer.alloc(32, 9))
    await hostile.listen(pair)
    const dial = checker.dial({ publicKey: pair.publicKey.toString('hex') }, { timeoutMs: 1_000 })
    await expect(dial).rejects.toMatchObject({ failure: 'unreachable' })
    await expectAlive()
  })
})
