import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createOrkClient, type OrkClient } from '../../src/client/ork-client.ts'
import { systemClock } from '../../src/machine/clock.ts'
import { systemRandom } from '../../src/machine/random.ts'
import { startPeerProcess, startTestDht, type TestDht } from '../net/test-dht.ts'
import { testPair } from '../net/test-pair.ts'

const orkNumber = 601

let dht: TestDht
let client: OrkClient | undefined
let ork: ChildProcess | undefined
beforeAll(async () => {
  dht = await startTestDht()
})
afterAll(() => dht.close())
afterEach(() => {
  client?.close()
  ork?.kill('SIGKILL')
})

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

const connection = (kind: string) =>
  vi.waitFor(() => expect(client?.connection().kind).toBe(kind), { timeout: 15_000, interval: 5 })

describe('the link to ORK over a real DHT', () => {
  it('notices within seconds that ORK was killed, and finds its successor with the same key', async () => {
    ork = await startPeerProcess(orkNumber, dht.bootstrap)
    client = createOrkClient({
      dialler: await dht.join(602),
      sender: 'app-node',
      clock: systemClock,
      random: systemRandom,
      newId: randomUUID,
    })
    client.setOrk({ publicKey: testPair(orkNumber).publicKey })
    await connection('connected')
    for (let times = 1; times <= 3; times += 1) {
      await kill(ork)
      const killedAt = performance.now()
      await connection('dialling')
      expect(performance.now() - killedAt).toBeLessThan(6_000)
      ork = await startPeerProcess(orkNumber, dht.bootstrap)
      const upAt = performance.now()
      await connection('connected')
      expect(performance.now() - upAt).toBeLessThan(1_500)
    }
  })
})
