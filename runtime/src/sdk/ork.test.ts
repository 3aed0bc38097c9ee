import { expect, test } from 'vitest'
import { partsInRoot } from '../../test/sdk/parts-in-root.ts'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { simulatedDriver } from '../drivers/simulated/driver.ts'
import { getOrk, type Ork, type RunningClient, startClient, startWorker } from './index.ts'

const seed = '11'.repeat(32)
const { publicKey } = keyPairOfSeed(seed)

const { root, own } = partsInRoot()

/** ORK asks again who may call whenever a worker comes. */
async function recheck(ork: Ork): Promise<void> {
  own(await startWorker(simulatedDriver, { ork, root: root.path }))
}

const ask = (client: RunningClient) => client.listWorkers({ timeoutMs: 2_000 })

test('one of two parts with the same key that closes leaves the other its right to call', async () => {
  const ork = own(await getOrk({ root: root.path }))
  const stays = own(await startClient({ ork, seed }))
  const goes = await startClient({ ork, seed })
  expect(goes.publicKey).toBe(stays.publicKey)
  expect(await ask(stays)).toMatchObject({ kind: 'ok' })
  await goes.close()
  await recheck(ork)
  expect(await ask(stays)).toMatchObject({ kind: 'ok' })
})

test('a key that is one of allowedCallers may call after a part with it has closed', async () => {
  const ork = own(await getOrk({ root: root.path, allowedCallers: [publicKey] }))
  await (await startClient({ ork, seed })).close()
  const node = own(ork.inside.join(keyPairOfSeed(seed)))
  const link = await node.dial({ publicKey: ork.publicKey }, { timeoutMs: 2_000 })
  expect(link.open).toBe(true)
})

test('a key may call no more when the last part with it has closed', async () => {
  const ork = own(await getOrk({ root: root.path }))
  const clients = [await startClient({ ork, seed }), await startClient({ ork, seed })]
  for (const client of clients) await client.close()
  const node = own(ork.inside.join(keyPairOfSeed(seed)))
  await expect(node.dial({ publicKey: ork.publicKey }, { timeoutMs: 2_000 })).rejects.toMatchObject({
    failure: 'unreachable',
  })
})
