import { deepStrictEqual } from 'node:assert'
import { simulatedContract } from '../../src/drivers/simulated/contract.ts'
import { MemoryBench } from '../ork/memory-bench.ts'
import { callerOver, entryOf, pairOf, rosterOf } from '../ork/test-site.ts'
import type { FuzzTarget } from './fuzz.ts'
import { goldenDevice } from './golden-requests.ts'

/** An ORK in this process with one scripted worker, on a network, a store and a clock in memory. */
export async function openKernelTarget(): Promise<FuzzTarget & { close(): Promise<void> }> {
  const bench = new MemoryBench()
  const { worker, node } = await bench.startWorker('w-fuzz', [goldenDevice])
  worker.contract = simulatedContract(null)
  await bench.startOrk(rosterOf([entryOf(node, 'w-fuzz')]))
  await bench.clock.advance(500)
  const client = bench.network.join(pairOf('app-node'))
  const link = await client.dial({ publicKey: pairOf('ork').publicKey }, { timeoutMs: 1_000 })
  const caller = callerOver(link)
  return {
    send: (frame) => link.request(frame, { timeoutMs: 60_000 }),
    async isWell() {
      // What ORK does from time to time, like forgetting old commands, it does now.
      await bench.clock.advance(1_000)
      const { deviceId, metrics } = await caller.ask('telemetry.pull', { query: { type: 'metrics' } }, goldenDevice)
      deepStrictEqual({ deviceId, metrics }, { deviceId: goldenDevice, metrics: { power: 3000 } })
      deepStrictEqual(Reflect.get({}, 'polluted'), undefined)
    },
    close: () => bench.close(),
  }
}
