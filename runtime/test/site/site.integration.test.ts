import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type DeviceEntry, deviceListRevision, formatDeviceList } from '../../src/contract/device-list.ts'
import { keyPairOfSeed } from '../../src/contract/key-pair.ts'
import { formatSettings } from '../../src/contract/settings.ts'
import { formatSiteWorkers, type SiteWorker } from '../../src/contract/site-workers.ts'
import type { OrkStatus } from '../../src/contract/status.ts'
import { silentLog } from '../../src/log.ts'
import { type RunningSite, startSite } from '../../src/site/app.ts'
import { temporaryFolder, writePlainFile } from '../process/projected-folder.ts'

const pair = keyPairOfSeed('0c'.repeat(32))
const seed = '0d'.repeat(32)
const adminToken = 'an-admin-token-of-a-site'
const [read, command] = ['a-token-that-may-read', 'a-token-that-may-command']
const slow = { timeout: 20_000, interval: 20 }

let root: Awaited<ReturnType<typeof temporaryFolder>>
let site: RunningSite
let registry: Registry

beforeEach(async () => {
  root = await temporaryFolder()
  await write('key', 'seed', pair.seed)
  await write('admin', 'token', adminToken)
  await write('tokens', 'read', read)
  await write('tokens', 'command', command)
})
afterEach(async () => {
  await site.close()
  await root.remove()
})

const write = (folder: string, file: string, text: string) => writePlainFile(join(root.path, folder, file), text)
const device = (id: string): DeviceEntry => ({
  ...{ id, driver: 'simulated', model: null, address: null, port: null, options: {}, credentials: {} },
})
const worker = (workerId: string, ids: readonly string[], more: Partial<SiteWorker> = {}): SiteWorker => ({
  ...{ workerId, driver: 'simulated', model: null, devices: ids.map(device) },
  ...more,
})
const writeWorkers = (...workers: SiteWorker[]) => write('workers', 'workers.json', formatSiteWorkers(workers))

async function start(): Promise<void> {
  registry = new Registry()
  const folders = { configDir: root.path, stateDir: join(root.path, 'state') }
  site = await startSite(
    { service: 'site', durability: 'fast', statusPort: 0, port: 0, logLevel: 'error', ...folders },
    { log: silentLog, registry },
  )
}

async function status(): Promise<OrkStatus> {
  const url = `http://127.0.0.1:${site.statusPort}/v1/status`
  return (await fetch(url, { headers: { authorization: `Bearer ${adminToken}` } })).json() as Promise<OrkStatus>
}

const workers = async () =>
  (await status()).workers.map(({ workerId, state, devices }) => `${workerId} ${state} ${devices.join()}`)

const ask = async (path: string, init: RequestInit = {}) =>
  (
    await fetch(`http://127.0.0.1:${site.port}${path}`, { headers: { authorization: `Bearer ${read}` }, ...init })
  ).json()

it('runs the workers of the file, shows ORK’s status, and serves telemetry and commands over HTTP', async () => {
  await writeWorkers(worker('a', ['r.1', 'r.2']), worker('b', ['r.3'], { seed }))
  await start()
  await expect.poll(workers, slow).toEqual(['a READY r.1,r.2', 'b READY r.3'])
  const shown = await status()
  expect(shown).toMatchObject({ service: 'ork', publicKey: pair.publicKey })
  expect(shown.workers[0]?.revision).toBe(deviceListRevision(formatDeviceList([device('r.1'), device('r.2')])))
  expect(shown.workers[1]?.publicKey).toBe(keyPairOfSeed(seed).publicKey)
  await expect.poll(() => ask('/health'), slow).toMatchObject({ status: 'ok', devices: { total: 3, ready: 3 } })
  expect(await ask('/site-monitor/devices/r.3/telemetry')).toMatchObject({ metrics: { success: true } })
  const sent = await ask('/site-monitor/devices/r.3/commands', {
    method: 'POST',
    headers: { authorization: `Bearer ${command}`, 'content-type': 'application/json' },
    body: '{"command":"reboot"}',
  })
  const { commandId } = sent as { commandId: string }
  await expect.poll(() => ask(`/site-monitor/commands/${commandId}`), slow).toMatchObject({ status: 'SUCCESS' })
  expect(await registry.metrics()).toMatch(/^mdk_worker_commands_total\{status="SUCCESS",code=""\} 1$/m)
})

it('lets workers come, go and change with the file, and leaves the others alone', async () => {
  await writeWorkers(worker('a', ['r.1']), worker('b', ['r.2']))
  await start()
  await expect.poll(workers, slow).toHaveLength(2)
  const before = await status()
  await writeWorkers(worker('a', ['r.1', 'r.4']), worker('c', ['r.3']))
  await expect.poll(workers, slow).toEqual(['a READY r.1,r.4', 'c READY r.3'])
  expect((await status()).workers[0]?.publicKey).toBe(before.workers[0]?.publicKey)
  await writeWorkers(worker('a', ['r.1'], { seed }))
  await expect.poll(workers, slow).toEqual(['a READY r.1'])
  expect((await status()).workers[0]?.publicKey).toBe(keyPairOfSeed(seed).publicKey)
})

it('has the same workers under the same keys, and knows its commands, after a restart', async () => {
  await writeWorkers(worker('a', ['r.1']))
  await start()
  await expect.poll(workers, slow).toEqual(['a READY r.1'])
  const before = await status()
  await site.close()
  await start()
  await expect.poll(workers, slow).toEqual(['a READY r.1'])
  expect((await status()).workers[0]?.publicKey).toBe(before.workers[0]?.publicKey)
})

it('waits for its file, and keeps the last good one when what is there now cannot be used', async () => {
  await start()
  expect(await workers()).toEqual([])
  await writeWorkers(worker('a', ['r.1']))
  await expect.poll(workers, slow).toEqual(['a READY r.1'])
  await writeWorkers(worker('a', ['r.1'], { driver: 'antminer' }))
  const problems = async () => ((await ask('/health')) as { problems: Record<string, string> }).problems
  await expect.poll(problems, slow).toMatchObject({ workers: expect.stringContaining("doesn't have") as string })
  expect(await workers()).toEqual(['a READY r.1'])
})

it('asks its workers as often as the settings say, and tells of settings that cannot be used', async () => {
  await writeWorkers(worker('a', ['r.1']))
  await write('settings', 'settings.json', formatSettings({ cadences: { statePullMs: 1_000 } }))
  await start()
  const pulls = async () =>
    Number(/^mdk_ork_job_turn_seconds_count\{job="state-pull".*\} (\d+)$/m.exec(await registry.metrics())?.[1])
  // With the usual cadence it would take ten seconds.
  await expect.poll(pulls, { timeout: 8_000, interval: 20 }).toBe(3)
  const problems = async () => ((await ask('/health')) as { problems: Record<string, string> }).problems
  expect(await problems()).toEqual({})
  await write('settings', 'settings.json', '{"version":1,"cadence":{}}')
  await expect.poll(problems, slow).toEqual({ settings: expect.stringContaining('"cadence"') as string })
})
