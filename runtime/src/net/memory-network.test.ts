import { describe, expect, test } from 'vitest'
import { testPair } from '../../test/net/test-pair.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { memoryNetwork } from './memory-network.ts'
import { networkSuite } from './network-suite.ts'

networkSuite('memory network', () => {
  const network = memoryNetwork()
  return Promise.resolve({
    join: (identity) => Promise.resolve(network.join(identity)),
    close: () => Promise.resolve(),
  })
})

const quick = { timeoutMs: 1_000 }

async function pair() {
  const clock = manualClock()
  const network = memoryNetwork(clock)
  const server = network.join(testPair(1))
  const client = network.join(testPair(2))
  await server.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
  const link = await client.dial({ publicKey: server.publicKey }, quick)
  return { clock, network, server, client, link }
}

describe('memoryNetwork', () => {
  test('a cut peer loses its links and cannot be dialled until it is restored', async () => {
    const { network, server, client, link } = await pair()
    network.cut(server.publicKey)
    expect((await link.ended).failure).toBe('closed')
    const dial = () => client.dial({ publicKey: server.publicKey }, quick)
    await expect(dial()).rejects.toMatchObject({ failure: 'unreachable' })
    network.restore(server.publicKey)
    await expect(dial()).resolves.toMatchObject({ open: true })
  })

  test('requests to a frozen peer end in a timeout, its links stay, and it answers when restored', async () => {
    const { clock, network, server, link } = await pair()
    network.freeze(server.publicKey)
    const request = link.request(Buffer.from('x'), quick)
    const rejected = expect(request).rejects.toMatchObject({ failure: 'timeout' })
    await clock.advance(1_000)
    await rejected
    expect(link.open).toBe(true)
    network.restore(server.publicKey)
    expect((await link.request(Buffer.from('x'), quick)).toString()).toBe('x')
  })

  test('no timer is left behind', async () => {
    const { clock, link } = await pair()
    await link.request(Buffer.from('x'), quick)
    expect(clock.armed).toBe(0)
  })
})
