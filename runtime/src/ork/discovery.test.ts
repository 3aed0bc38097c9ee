import { expect, test } from 'vitest'
import { idleLink } from '../../test/net/idle-link.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { LinkError } from '../net/link.ts'
import { Discovery } from './modules/discovery/module.ts'
import { createScheduler } from './modules/scheduler/module.ts'

const peer = 'ab'.repeat(32)

/** A discovery with a link to its only peer. */
async function discovering() {
  const clock = manualClock()
  let dials = 0
  const nothing = (): void => undefined
  const discovery = new Discovery({
    network: {
      dial(dialled) {
        dials += 1
        return Promise.resolve(idleLink(dialled.publicKey))
      },
      lookup: () => Promise.resolve([]),
      takeHandOff: () => Promise.reject(new LinkError('unreachable', 'nobody announces here')),
    },
    topic: () => null,
    clock,
    random: () => 0.5,
    scheduler: createScheduler({ clock, random: () => 0.5, onTurn: nothing, onSkipped: nothing, onCrash: nothing }),
    isMember: () => true,
    findsAll: false,
    onUp: nothing,
    onDown: nothing,
    onFailureChange: nothing,
    onStrangersChange: nothing,
    onDial: nothing,
    onAppeared: nothing,
    onSeen: nothing,
  })
  discovery.setPeers([{ publicKey: peer }])
  await clock.advance(0)
  return {
    clock,
    discovery,
    /** How long it takes from a doubt to the next dial, in milliseconds. */
    async timeToDialAfterDoubt(): Promise<number> {
      await clock.advance(1_000)
      const before = dials
      const doubtedAt = clock.now()
      discovery.doubt(peer)
      await clock.advance(0)
      while (dials === before) await clock.advance(10)
      return clock.now() - doubtedAt
    },
  }
}

test('each new link to a peer that stays silent is dialled later than the one before', async () => {
  const { timeToDialAfterDoubt } = await discovering()
  const times: number[] = []
  for (let count = 0; count < 6; count += 1) times.push(await timeToDialAfterDoubt())
  expect(times.slice(0, 3)).toEqual([0, 0, 0])
  expect(times.at(-1)).toBeGreaterThan(times.at(-2) ?? 0)
  expect(times.at(-1)).toBeGreaterThan(5_000)
})

test('a worker that is replaced over and over is dialled at once each time, because the silence was that of another process', async () => {
  const { discovery, timeToDialAfterDoubt } = await discovering()
  for (let count = 0; count < 20; count += 1) {
    expect(await timeToDialAfterDoubt()).toBe(0)
    discovery.onReplaced(peer)
  }
})
