import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { folderHash } from '../../src/contract/folder-hash.ts'
import type { KeyPair } from '../../src/contract/key-pair.ts'
import { formatRoster } from '../../src/contract/roster.ts'
import { formatSettings } from '../../src/contract/settings.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { newPair, ProcessSite, type SiteProcess, type SiteWorker } from '../discovery/process-site.ts'
import type { StatusWatch } from '../discovery/status-watch.ts'
import { loopback, startTestDht, type TestDht } from '../net/test-dht.ts'
import { type ScriptedWorker, scriptedWorker } from './scripted-worker.ts'
import { type Caller, callerOver } from './test-site.ts'

let dht: TestDht
let site: ProcessSite
const closing: { close(): unknown }[] = []

beforeAll(async () => {
  dht = await startTestDht()
})
afterAll(() => dht.close())
beforeEach(async () => {
  site = await ProcessSite.open(dht.bootstrap)
})
afterEach(async () => {
  for (const opened of closing.splice(0).reverse()) await opened.close()
  await site.close()
})

function watch(ork: SiteProcess): StatusWatch {
  const opened = site.watch(ork)
  closing.push(opened)
  return opened
}

async function node(pair: KeyPair): Promise<NetworkNode> {
  const joined = await startDhtNode({ identity: pair, bootstrap: dht.bootstrap, host: loopback, port: 0 })
  closing.push(joined)
  return joined
}

async function callOrk(pair: KeyPair): Promise<Caller> {
  const link = await (await node(pair)).dial({ publicKey: site.ork.publicKey }, { timeoutMs: 5_000 })
  return callerOver(link)
}

/** A worker in this process: it does as it is told, and can be asked what it saw. */
async function scripted(workerId: string, devices: string[]): Promise<{ worker: ScriptedWorker; node: NetworkNode }> {
  const joined = await node(newPair())
  return { worker: await scriptedWorker(joined, { workerId, devices, orkKey: site.ork.publicKey }), node: joined }
}

const entryOf = (joined: NetworkNode, workerId: string) => ({
  workerId,
  publicKey: joined.publicKey,
  ...joined.address,
})

describe('ORK and worker processes on a real DHT', () => {
  let worker: SiteWorker
  beforeEach(async () => {
    worker = await site.addWorker('w1', ['d1', 'd2'])
    await site.writeRoster([worker.entry])
  })

  test('a worker that is there first is READY as soon as ORK is', async () => {
    await (await worker.start()).ready
    const ork = await site.startOrk()
    const status = watch(ork)
    await status.until('w1 is READY', (seen) => seen.isReady('w1'))
    expect(status.workers.get('w1')).toMatchObject({ driver: 'simulated', devices: ['d1', 'd2'], problem: null })
  })

  test('a worker that comes after ORK is READY as soon as it listens', async () => {
    const ork = await site.startOrk()
    const status = watch(ork)
    await status.until('w1 is missed', (seen) => /^no answer at/.test(seen.workers.get('w1')?.problem ?? ''))
    await worker.start()
    await status.until('w1 is READY', (seen) => seen.isReady('w1'))
  })

  test('a worker at another address than the roster says is found by its key on the DHT', async () => {
    await site.writeRoster([{ ...worker.entry, port: 9 }])
    const ork = await site.startOrk()
    await worker.start()
    await watch(ork).until('w1 is READY', (seen) => seen.isReady('w1'))
  })

  test('an ORK that was killed has each worker READY again, with the registry that it had', async () => {
    await worker.start()
    const first = await site.startOrk()
    await watch(first).until('w1 is READY', (seen) => seen.isReady('w1'))
    await first.end('SIGKILL')
    const second = await site.startOrk()
    await watch(second).until('w1 is READY again', (seen) => seen.isReady('w1'))
  })

  test('a worker that was killed and is back with its key is READY again with the devices that it has now', async () => {
    const first = await worker.start()
    const ork = await site.startOrk()
    const status = watch(ork)
    await status.until('w1 is READY', (seen) => seen.isReady('w1'))
    await first.end('SIGKILL')
    await worker.writeDevices(['d1', 'd2', 'd3'])
    await worker.start()
    await status.until(
      'w1 is READY with three devices',
      (seen) => seen.isReady('w1') && seen.workers.get('w1')?.devices.length === 3,
    )
  })

  test('a worker that stays away is SICK, then DEAD, and named with where it was looked for', async () => {
    const running = await worker.start()
    const ork = await site.startOrk()
    const status = watch(ork)
    await status.until('w1 is READY', (seen) => seen.isReady('w1'))
    await running.end('SIGKILL')
    await status.until('w1 is SICK', (seen) => seen.workers.get('w1')?.health === 'SICK')
    await status.until('w1 is DEAD', (seen) => seen.workers.get('w1')?.health === 'DEAD')
    const sentence = `no answer at ${loopback}:${worker.entry.port} and not found on the DHT`
    await status.until('w1 is missed', (seen) => seen.workers.get('w1')?.problem === sentence)
  })

  test('a device that is added shows without a restart', async () => {
    await worker.start()
    const ork = await site.startOrk()
    const status = watch(ork)
    await status.until('w1 is READY', (seen) => seen.isReady('w1'))
    await worker.writeDevices(['d1', 'd2', 'd3'])
    await status.until('d3 shows', (seen) => seen.workers.get('w1')?.devices.includes('d3') === true)
  })

  test('ORK stops on SIGTERM with code 0, and its store is free', async () => {
    await worker.start()
    const first = await site.startOrk()
    await watch(first).until('w1 is READY', (seen) => seen.isReady('w1'))
    await first.end('SIGTERM')
    expect(await first.exited).toBe(0)
    await (await site.startOrk()).ready
  })

  test('a second ORK on the same store is not ready until the first is gone', async () => {
    const first = await site.startOrk()
    await first.ready
    const second = await site.startOrk()
    const probe = await fetch(`http://${loopback}:${second.statusPort}/readyz`)
    expect(probe.status).toBe(503)
    await first.end('SIGKILL')
    await second.ready
  })
})

describe('who belongs to the site', () => {
  test('a process that announces the topic and is not on the roster is shown and not registered', async () => {
    const stranger = await site.addWorker('stranger', ['d9'])
    await stranger.start()
    const status = watch(await site.startOrk())
    await status.until('the stranger shows', (seen) => seen.strangers.includes(stranger.entry.publicKey))
    expect(status.workers.size).toBe(0)
  })

  test('a roster that changes registers who comes and drops who leaves, and its hash says when', async () => {
    const [a, b] = [await site.addWorker('w1', ['d1']), await site.addWorker('w2', ['d2'])]
    await Promise.all([a.start(), b.start()])
    await site.writeRoster([a.entry])
    const status = watch(await site.startOrk())
    await status.until('w1 is READY', (seen) => seen.isReady('w1'))
    await site.writeRoster([b.entry])
    await status.until('w2 is READY', (seen) => seen.isReady('w2'))
    const hash = folderHash('roster', { 'roster.json': formatRoster([b.entry], []) })
    await status.until('the new roster is in force', (seen) => seen.files['roster'] === hash)
    expect(status.workers.has('w1')).toBe(false)
  })

  test('a caller is let in and sent away as the roster says, live', async () => {
    const appNode = newPair()
    const callers = [{ name: 'app-node', publicKey: appNode.publicKey }]
    const ork = await site.startOrk()
    await ork.ready
    await expect(callOrk(appNode)).rejects.toThrow('did not answer')
    await site.writeRoster([], callers)
    const status = watch(ork)
    const inForce = (roster: string) => status.until('it is in force', ({ files }) => files['roster'] === roster)
    await inForce(folderHash('roster', { 'roster.json': formatRoster([], callers) }) ?? '')
    const caller = await callOrk(appNode)
    expect(await caller.ask('worker.list')).toEqual({ workers: [] })
    await site.writeRoster([])
    await inForce(folderHash('roster', { 'roster.json': formatRoster([], []) }) ?? '')
    await expect
      .poll(() =>
        caller.ask('worker.list').then(
          () => 'open',
          () => 'ended',
        ),
      )
      .toBe('ended')
  })
})

test('pings come as often as the settings say, as they said last while the file cannot be used, and as usual without it', async () => {
  const { worker, node: workerNode } = await scripted('w1', ['d1'])
  await site.writeRoster([entryOf(workerNode, 'w1')])
  const pings: number[] = []
  worker.onPing = () => {
    pings.push(performance.now())
    return Promise.resolve()
  }
  /** By the last two gaps: every 250 ms is usual, every 1,000 ms what is set. */
  const pace = () => {
    const gaps = pings.slice(1).map((at, index) => at - (pings[index] ?? at))
    if (gaps.length >= 2 && gaps.slice(-2).every((gap) => gap > 800)) return 'as set'
    return gaps.length >= 2 && gaps.slice(-2).every((gap) => gap < 600) ? 'usual' : 'unclear'
  }
  const paceIs = (expected: string) => expect.poll(pace, { timeout: 20_000 }).toBe(expected)
  const ork = await site.startOrk()
  const status = watch(ork)
  await paceIs('usual')
  expect(status.files).not.toHaveProperty('settings')

  const slow = { cadences: { healthPingMs: 1_000 } }
  await site.writeSettings(slow)
  await paceIs('as set')
  const hash = folderHash('settings', { 'settings.json': formatSettings(slow) })
  await status.until('the settings are in force', ({ files }) => files['settings'] === hash)

  await site.writeSettings({ cadences: { healthPingMs: 5 } })
  await expect
    .poll(() => ork.log(), { timeout: 10_000 })
    .toContain("settings.json can't be used: cadences.healthPingMs")
  pings.length = 0
  await paceIs('as set')
  expect(status.files['settings']).toBe(hash)

  await site.write('ork', 'settings', {})
  await paceIs('usual')
  await status.until('there are no settings', ({ files }) => files['settings'] === undefined)
})

describe('commands over a kill of ORK', () => {
  test.each([
    ['ends as it would have, where the worker remembers it', false, 'SUCCESS'],
    ['is of unknown fate, where the worker has forgotten it', true, 'ERR_COMMAND_FATE_UNKNOWN'],
  ])(
    'what was QUEUED runs when ORK is back, and what had been sent %s: nothing runs twice',
    async (_, forgets, fate) => {
      const devices = Array.from({ length: 16 }, (_, index) => `d${index}`)
      const { worker, node: workerNode } = await scripted('w1', devices)
      const appNode = newPair()
      await site.writeRoster([entryOf(workerNode, 'w1')], [{ name: 'app-node', publicKey: appNode.publicKey }])
      const first = await site.startOrk()
      await watch(first).until('w1 is READY', (seen) => seen.isReady('w1'))
      const ids: string[] = []
      const before = await callOrk(appNode)
      // Each device is sent one, which doesn't end; four wait behind them.
      const { promise: ended, resolve: end } = Promise.withResolvers<object>()
      worker.onCommand = () => ended
      for (let count = 0; count < 20; count += 1) {
        const payload = { command: 'reboot', requesterId: randomUUID() }
        const { commandId } = await before.ask('command.request', payload, devices[count % devices.length])
        ids.push(String(commandId))
      }
      await expect.poll(() => worker.ran.length).toBe(16)
      await first.end('SIGKILL')

      if (forgets) worker.forget()
      else end({})
      worker.onCommand = () => Promise.resolve({})
      const second = await site.startOrk()
      await watch(second).until('w1 is READY again', (seen) => seen.isReady('w1'))
      const after = await callOrk(appNode)
      const outcomes = async () => {
        const records = await Promise.all(ids.map((commandId) => after.ask('command.status', { commandId })))
        return records.map(({ status, error }) => String(error ?? status))
      }
      const expected = [...Array<string>(16).fill(fate), ...Array<string>(4).fill('SUCCESS')]
      await expect.poll(outcomes, { timeout: 10_000 }).toEqual(expected)
      expect(worker.ran).toHaveLength(20)
    },
  )
})
