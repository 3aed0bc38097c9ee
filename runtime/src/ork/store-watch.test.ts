import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../log.ts'
import { StoreError } from '../storage/store.ts'
import { watchStores } from './store-watch.ts'

test('metrics say that the store cannot be written, until it can, and how large its files are', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'store-watch-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'a'), 'four')
  const registry = new Registry()
  const { registry: ofRegistry, commands } = watchStores(registry, silentLog, [directory, directory])
  expect(await registry.metrics()).toContain('mdk_ork_store_bytes 8')
  ofRegistry.onWriteFailed(new StoreError('full'))
  commands.onWriteFailed(new StoreError('full'))
  expect(await registry.metrics()).toContain('mdk_ork_store_write_failures_total 2')
  expect(await registry.metrics()).toContain('mdk_ork_store_writable 0')
  ofRegistry.onWriteRecovered()
  expect(await registry.metrics()).toContain('mdk_ork_store_writable 0')
  commands.onWriteRecovered()
  expect(await registry.metrics()).toContain('mdk_ork_store_writable 1')
})

test('that no space is reclaimed any more is told for good, whatever is written after it', async () => {
  const registry = new Registry()
  const { commands } = watchStores(registry, silentLog, [])
  expect(await registry.metrics()).toContain('mdk_ork_store_reclaiming 1')
  commands.onKeepsAll(new StoreError('unlink'))
  commands.onWriteFailed(new StoreError('full'))
  commands.onWriteRecovered()
  expect(await registry.metrics()).toContain('mdk_ork_store_reclaiming 0')
})
