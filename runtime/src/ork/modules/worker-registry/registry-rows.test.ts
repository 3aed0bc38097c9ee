import { expect, test } from 'vitest'
import { openMemoryStore } from '../../../../test/storage/memory-store.ts'
import type { Change } from '../../../storage/store.ts'
import { newWorker, unsaid, type Worker } from './machine.ts'
import { createRegistryRows } from './registry-rows.ts'

const worker: Worker = {
  ...newWorker('w1', 'k1', { host: 'worker-a', port: 49737 }),
  state: 'READY',
  claims: ['d1', 'd2'],
  driver: 'test',
  model: null,
  revision: 'r1',
  instanceId: 'i1',
  processId: 'p1',
  trouble: 'it is not well',
  contract: { metadata: { brand: 'x' }, capabilities: { commands: [] } },
  registeredAt: 7,
}

test('a worker comes back from disk as DISCOVERED under its last key, without what only a process says', async () => {
  const store = openMemoryStore()
  await createRegistryRows(store).save(worker, ['d2'])
  const rows = await createRegistryRows(store).load()
  expect(rows).toEqual([{ worker: { ...worker, ...unsaid, state: 'DISCOVERED' }, refused: ['d2'] }])
})

test('a worker that is found by its key alone comes back without an address', async () => {
  const store = openMemoryStore()
  await createRegistryRows(store).save({ ...worker, address: null }, [])
  expect((await createRegistryRows(store).load())[0]?.worker.address).toBeNull()
})

test('a row of version 1 is read as it was meant, and not written for its version alone', async () => {
  const store = openMemoryStore()
  const rows = createRegistryRows(store)
  await rows.save(worker, [])
  const old = { ...((await store.get('w1')) as object), version: 1 }
  await store.put('w1', old)
  const next = createRegistryRows(store)
  expect((await next.load())[0]?.worker.address).toEqual({ host: 'worker-a', port: 49737 })
  await next.save(worker, [])
  expect(await store.get('w1')).toEqual(old)
})

test('a row of a later version is refused in words', async () => {
  const store = openMemoryStore()
  await store.put('w1', { version: 3 })
  await expect(createRegistryRows(store).load()).rejects.toThrow(
    'the registry holds a row of version 3, and this release reads up to 2; run the release that wrote it, or a later one',
  )
})

test('a row that has not changed is not written again, neither in this process nor in the next', async () => {
  const puts: Change[] = []
  const store = openMemoryStore()
  const spied = {
    ...store,
    put: (key: string, value: unknown) => (puts.push({ type: 'put', key, value }), store.put(key, value)),
  }
  const rows = createRegistryRows(spied)
  await rows.save(worker, [])
  await rows.save({ ...worker, revision: 'r2', instanceId: 'i2' }, [])
  const next = createRegistryRows(spied)
  await next.load()
  await next.save(worker, [])
  expect(puts).toHaveLength(1)
})

test('a worker that never identified itself is not written', async () => {
  const store = openMemoryStore()
  await createRegistryRows(store).save(newWorker('w1', 'k1', { host: 'a', port: 1 }), [])
  expect(await createRegistryRows(store).load()).toEqual([])
})

test('a row that could not be written is written by the next save', async () => {
  const store = openMemoryStore()
  let broken = true
  const flaky = {
    ...store,
    put: (key: string, value: unknown) => (broken ? Promise.reject(new Error('disk full')) : store.put(key, value)),
  }
  const rows = createRegistryRows(flaky)
  await expect(rows.save(worker, [])).rejects.toThrow('disk full')
  broken = false
  await rows.save(worker, [])
  expect(await createRegistryRows(store).load()).toHaveLength(1)
})
