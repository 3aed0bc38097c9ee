import type { ChildProcess } from 'node:child_process'
import HyperDHT, { type SecretStream } from 'hyperdht'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { testPair } from '../../src/net/network-suite.ts'
import { startPeerProcess, startTestDht, type TestDht } from './test-dht.ts'

// What an admitted peer could send to end the process: the library passes a TypeError or RangeError that a frame causes
// out of every promise. The server runs as a process of its own here, which must be alive afterwards.

const serverKey = Buffer.from(testPair(1).publicKey, 'hex')
const quick = { timeoutMs: 5_000 }
const bytes = (...values: (number | string | Buffer)[]) =>
  Buffer.concat(values.map((value) => (typeof value === 'number' ? Buffer.from([value]) : Buffer.from(value))))

/** Opens the server's own channel as the sender's channel 1. */
const openChannel = bytes(0, 1, 1, 12, 'protomux-rpc', 32, serverKey)
const openUnknown = bytes(0, 1, 1, 1, 'x', 0)

/** Each entry is sent on a stream of its own, frame by frame. */
const conversations: Readonly<Record<string, readonly Buffer[]>> = {
  'a frame of one byte': [bytes(0)],
  'opening the control channel': [bytes(0, 1, 0, 1, 'x', 0)],
  'opening far ahead': [bytes(0, 1, 200, 1, 'x', 0)],
  'opening twice': [openChannel, openChannel],
  'opening without an end': [bytes(0, 1, 1, 12, 'proto')],
  'a message before anything was opened': [bytes(1, 0, 1, 3, 'mdk', 0)],
  'messages to a channel that nobody serves': [openUnknown, bytes(1, 0, 1), bytes(1, 7)],
  'a message of no known type': [openChannel, bytes(1, 9, 1, 2, 3)],
  'a request that ends early': [openChannel, bytes(1, 0)],
  'a request whose method is longer than the frame': [openChannel, bytes(1, 0, 1, 250, 'mdk')],
  'a request with an id of eight bytes': [openChannel, bytes(1, 0, 0xff, Buffer.alloc(8, 0xff), 3, 'mdk', 0)],
  'a request whose value is longer than the frame': [
    openChannel,
    bytes(1, 0, 1, 3, 'mdk', 0xfe, 0xff, 0xff, 0xff, 0xff),
  ],
  'a request without a value': [openChannel, bytes(1, 0, 1, 3, 'mdk')],
  'a request for a method of the prototype': [openChannel, bytes(1, 0, 1, 11, 'constructor', 0)],
  'a request without an answer wanted': [openChannel, bytes(1, 0, 0, 3, 'mdk', 1, 'x')],
  'a response that nobody waits for': [openChannel, bytes(1, 1, 0, 77, 1, 'x')],
  'a response with an error of no known code': [openChannel, bytes(1, 1, 0x0f, 1, 1, 'x', 1, 'y', 1, 'z', 0)],
  'a rejection of nothing': [bytes(0, 2, 99)],
  'a rejection of the control channel': [bytes(0, 2, 0)],
  'closing nothing': [bytes(0, 3, 50)],
  'closing and going on': [openChannel, bytes(0, 3, 1), bytes(1, 0, 1, 3, 'mdk', 0)],
  'a batch that ends early': [bytes(0, 0, 1, 200, 1)],
  'a batch inside a batch': [bytes(0, 0, 0, 4, 0, 0, 1, 1)],
  'a batch of openings': [bytes(0, 0, 0, 6, 1, 1, 1, 'x', 0, 0)],
}

/** Random numbers that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

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

  async function send(frames: readonly Buffer[]): Promise<void> {
    const stream = sender.connect(serverKey, {})
    stream.on('error', () => undefined)
    await stream.opened
    for (const frame of frames) stream.write(frame)
    await endWhenRead(stream)
  }

  async function expectAlive(): Promise<void> {
    const link = await checker.dial({ publicKey: testPair(1).publicKey }, quick)
    expect((await link.request(Buffer.from('alive'), quick)).toString()).toBe('alive')
    link.close()
    expect(server.exitCode).toBeNull()
  }

  test.each(Object.entries(conversations))('%s does not end the process', async (_, frames) => {
    await send(frames)
    await expectAlive()
  })

  test('random frames do not end the process', async () => {
    const random = seeded(7)
    const byte = () => Math.floor(random() * (random() < 0.5 ? 6 : 256))
    for (let round = 0; round < 60; round += 1) {
      const frames = Array.from({ length: 20 }, () => bytes(...Array.from({ length: 1 + (byte() % 40) }, byte)))
      await send(round % 2 === 0 ? frames : [openChannel, ...frames.map((frame) => bytes(1, frame))])
    }
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

/** Waits until the server has ended the stream, or has read all that was written (it answers keep-alives after it). */
async function endWhenRead(stream: SecretStream): Promise<void> {
  const closed = new Promise<void>((resolve) => stream.on('close', () => resolve()))
  const flushed = stream.flush()
  await Promise.race([closed, flushed])
  stream.destroy()
  await closed
}
