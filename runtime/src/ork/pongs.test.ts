import { beforeEach, describe, expect, test } from 'vitest'
import { openMemoryStore } from '../../test/storage/memory-store.ts'
import { silentLog } from '../log.ts'
import { type ManualClock, manualClock } from '../machine/manual-clock.ts'
import type { Pong } from '../protocol/payloads.ts'
import { createScheduler } from './modules/scheduler/module.ts'
import { WorkerRegistry } from './modules/worker-registry/module.ts'
import type { Answer, WorkerChannel } from './ports/worker-channel.ts'

const replies: Readonly<Record<string, unknown>> = {
  'identity.request': { workerId: 'w1', devices: [{ deviceId: 'd1' }] },
  'capability.request': { contract: { metadata: {}, capabilities: {} } },
}

let clock: ManualClock
let pong: Pong
let asked: string[]
let restarted: string[]
let registry: WorkerRegistry
beforeEach(async () => {
  clock = manualClock()
  pong = { status: 'OK', revision: 'r1', instanceId: 'i1', processId: 'p1' }
  asked = []
  restarted = []
  const channel: WorkerChannel = {
    ask(_workerId, action) {
      asked.push(action)
      const reply = action === 'health.ping' ? pong : replies[action]
      return Promise.resolve({ kind: 'ok', reply } as Answer<never>)
    },
  }
  const nothing = () => undefined
  registry = new WorkerRegistry({
    scheduler: createScheduler({ clock, random: () => 0, onTurn: nothing, onSkipped: nothing, onCrash: nothing }),
    store: openMemoryStore(),
    channel,
    clock,
    random: () => 0,
    log: silentLog,
    onChange: nothing,
    onKeyRetired: nothing,
    onRestarted: (workerId) => restarted.push(workerId),
  })
  await registry.recover()
  await registry.setRoster([{ workerId: 'w1', publicKey: 'k1', host: 'w1.site', port: 49737 }])
})

/** What the worker says from now on, in a pong. */
async function say(next: Pong): Promise<void> {
  pong = next
  registry.onPong('w1', pong)
  await clock.advance(100)
}

async function register(): Promise<void> {
  registry.onLinked('w1')
  await clock.advance(100)
  asked = []
}

describe('what a worker says of itself in a pong', () => {
  test('is kept with its registration', async () => {
    await register()
    expect(registry.find('w1')).toMatchObject({ state: 'READY', revision: 'r1', instanceId: 'i1', processId: 'p1' })
  })

  test('that it says again changes nothing and asks nothing', async () => {
    await register()
    await say({ ...pong })
    expect([asked, restarted]).toEqual([[], []])
  })

  test('another process with the same memory means that the one before is gone', async () => {
    await register()
    await say({ ...pong, processId: 'p2' })
    expect(restarted).toEqual(['w1'])
    expect(registry.find('w1')).toMatchObject({ instanceId: 'i1', processId: 'p2' })
  })

  test('another memory of the same process is taken over, and nobody is gone', async () => {
    await register()
    await say({ ...pong, instanceId: 'i2' })
    expect(restarted).toEqual([])
    expect(registry.find('w1')).toMatchObject({ instanceId: 'i2', processId: 'p1' })
  })

  test.each<[string, Pong]>([
    ['neither', { status: 'OK' }],
    ['its memory only', { status: 'OK', instanceId: 'i1' }],
  ])('by a worker that names %s is enough to be registered, and never tells that it was restarted', async (_, said) => {
    pong = said
    await register()
    await say({ ...said, revision: 'r2' })
    expect(registry.find('w1')).toMatchObject({
      state: 'READY',
      revision: 'r2',
      instanceId: said.instanceId ?? null,
      processId: null,
    })
    expect(restarted).toEqual([])
  })

  test('of a trouble of its own is its problem until it says so no more', async () => {
    await register()
    const well = pong
    await say({ ...well, problem: 'its memory of commands cannot be written' })
    expect(registry.problemOf('w1')).toBe('its memory of commands cannot be written')
    await say(well)
    expect(registry.problemOf('w1')).toBeNull()
  })
})
