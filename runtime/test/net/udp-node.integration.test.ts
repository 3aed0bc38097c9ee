import { expect, test } from 'vitest'
import { silentNetLog } from '../../src/net/net-log.ts'
import { openUdpNode } from '../../src/net/udp-node.ts'
import { testPair } from './test-pair.ts'

const open = (pair: number, port: number) =>
  openUdpNode({ identity: testPair(pair), bootstrap: [], host: '127.0.0.1', port, log: silentNetLog })

test('a node whose first step of closing fails ends its links and frees its port all the same', async () => {
  const [node, caller] = [await open(1, 0), await open(2, 0)]
  await node.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
  const peer = { publicKey: testPair(1).publicKey, address: node.address }
  const link = await caller.dial(peer, { timeoutMs: 5_000 })
  const closed = node.close(() => Promise.reject(new Error('the disk is read-only')))
  await expect(closed).rejects.toThrow('the disk is read-only')
  await expect(link.ended).resolves.toMatchObject({ failure: 'closed' })
  await expect(node.dial(peer, { timeoutMs: 5_000 })).rejects.toMatchObject({ failure: 'closed' })
  await (await open(1, node.address.port)).close()
  await caller.close()
})
