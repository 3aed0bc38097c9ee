import type { ChildProcess } from 'node:child_process'
import HyperDHT from 'hyperdht'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/random/seeded-random.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { testPair } from '../../src/net/network-suite.ts'
import { converse, malformedConversations, randomConversation } from './malformed-conversations.ts'
import { startPeerProcess, startTestDht, type TestDht } from './test-dht.ts'

// What an admitted peer could send to end the process: the library passes a TypeError or RangeError that a frame causes
// out of every promise. The server runs as a process of its own here, which must be alive afterwards.

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
