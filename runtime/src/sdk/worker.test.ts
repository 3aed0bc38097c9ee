import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/process/projected-folder.ts'
import { simulatedDriver } from '../drivers/simulated/driver.ts'
import { getOrk, type Ork, type RunningWorker, SdkError, shutdown, startWorker } from './index.ts'

let root: Awaited<ReturnType<typeof temporaryFolder>>
let ork: Ork
beforeEach(async () => {
  root = await temporaryFolder()
  ork = await getOrk({ root: root.path })
})
afterEach(async () => {
  await ork.close()
  await root.remove()
})

const start = (devices: readonly { id: string }[]) => startWorker(simulatedDriver, { ork, root: root.path, devices })
const idsOf = (worker: RunningWorker) => worker.devices().map(({ id }) => id)

test('a device that is named twice is refused, and no worker is started', async () => {
  const started = start([{ id: 'd1' }, { id: 'd1' }])
  await expect(started).rejects.toThrow(SdkError)
  await expect(started).rejects.toThrow('names the device d1 twice')
  expect(ork.workers()).toEqual([])
})

test('devices that cannot be used change nothing at a worker that runs', async () => {
  const worker = await start([{ id: 'd1' }])
  expect(() => worker.setDevices([{ id: 'd2' }, { id: 'd2' }])).toThrow(SdkError)
  expect(() => worker.setDevices([{ id: '' }])).toThrow(SdkError)
  expect(idsOf(worker)).toEqual(['d1'])
  worker.setDevices([{ id: 'd2' }])
  expect(idsOf(worker)).toEqual(['d2'])
  await shutdown(worker)
})
