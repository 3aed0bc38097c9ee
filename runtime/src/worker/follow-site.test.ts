import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testPair } from '../../test/net/test-pair.ts'
import type { Discovery } from '../contract/discovery-file.ts'
import { silentLog } from '../log.ts'
import type { Listener } from '../net/link.ts'
import { type MemoryNetwork, memoryNetwork } from '../net/memory-network.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { createWatchedValue, type MutableValue } from '../process/watched-value.ts'
import { followSite } from './follow-site.ts'

const [first, second] = ['aa'.repeat(32), 'bb'.repeat(32)]
const read = <Value>(value: Value | null) => ({ value, problem: null, hash: null })
const limits = { timeoutMs: 1_000 }

let network: MemoryNetwork
let worker: NetworkNode
let ork: NetworkNode
let listener: Listener
let topic: MutableValue<string>
let discovery: MutableValue<Discovery>
beforeEach(async () => {
  network = memoryNetwork()
  worker = network.join(testPair(1))
  ork = network.join(testPair(2))
  topic = createWatchedValue(read<string>(first))
  discovery = createWatchedValue(read<Discovery>({ version: 1, orkPublicKey: ork.publicKey, bootstrap: [] }))
  listener = await worker.listen({
    admits: (publicKey) => publicKey === discovery.current()?.orkPublicKey,
    answer: (message) => Promise.resolve(message),
  })
})
afterEach(async () => {
  await worker.close()
  await ork.close()
})

const found = (on: string) => ork.lookup(on, limits).then((keys) => keys.length)

describe('followSite', () => {
  it('announces the topic, goes on to another, and stops when it is closed', async () => {
    const follower = followSite(worker, listener, { topic, discovery }, silentLog)
    await expect.poll(() => found(first)).toBe(1)
    topic.set(read(second))
    await expect.poll(() => found(second)).toBe(1)
    expect(await found(first)).toBe(0)
    await follower.close()
    await follower.close()
    expect(await found(second)).toBe(0)
    topic.set(read(first))
    expect(await found(first)).toBe(0)
  })

  it('waits for a topic that is not there yet', async () => {
    topic.set(read<string>(null))
    const follower = followSite(worker, listener, { topic, discovery }, silentLog)
    expect(follower.announced).toBe(false)
    topic.set(read(first))
    await expect.poll(() => found(first)).toBe(1)
    await follower.close()
  })

  it('ends the links of an ORK that is no longer the one', async () => {
    const follower = followSite(worker, listener, { topic, discovery }, silentLog)
    const link = await ork.dial({ publicKey: worker.publicKey }, limits)
    discovery.set(read<Discovery>({ version: 1, orkPublicKey: testPair(3).publicKey, bootstrap: [] }))
    await link.ended
    await expect(ork.dial({ publicKey: worker.publicKey }, limits)).rejects.toMatchObject({ name: 'LinkError' })
    await follower.close()
  })
})
