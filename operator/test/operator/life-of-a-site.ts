import { expect } from 'vitest'
import { annotations } from '../../src/api/group.ts'
import { type Clock, systemClock } from '../../src/engine/clock.ts'
import { rack, site, worker } from './declarations.ts'
import type { Space } from './lab.ts'
import { conditionOf } from './ready.ts'

/** A system clock that can be set forward. */
export interface LeapingClock extends Clock {
  leap(ms: number): void
}

export function leapingClock(): LeapingClock {
  let aheadMs = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
    leap: (ms) => void (aheadMs += ms),
  }
}

/** Something that happens to a site, and what can be seen of it once the operator has followed. */
export interface Happening {
  readonly title: string
  act(): Promise<unknown>
  /** Rejects until it can be seen. */
  effect(): Promise<unknown>
}

/** A repeated event is written at most once a minute. */
const eventPauseMs = 61_000

/** A life in which the operator does everything that it can do, once. */
export function lifeOfASite(space: Space, clock: LeapingClock): readonly Happening[] {
  const devices = [{ name: 'm' }]
  const exists = async (kind: 'Deployment' | 'Secret' | 'Service', name: string) =>
    expect(await space.get(kind, name), `${kind} ${name}`).not.toBeNull()
  const isGone = async (kind: 'Deployment' | 'Secret', name: string) =>
    expect(await space.get(kind, name), `${kind} ${name}`).toBeNull()
  const owners = async (kind: 'Secret' | 'PersistentVolumeClaim', name: string) =>
    (await space.get(kind, name))?.metadata.ownerReferences?.length ?? 0
  const keyEvents = async () =>
    (await space.list('Event')).filter(({ reason }) => reason === 'KeyGenerated').map(({ series }) => series?.count)
  const renewKey = async () => {
    const before = (await space.get('Secret', 'w-r-key'))?.metadata.uid
    await space.remove('Secret', 'w-r-key')
    return before
  }
  let oldKey: string | undefined
  const keyIsAnother = async () => {
    const uid = (await space.get('Secret', 'w-r-key'))?.metadata.uid
    expect(uid).toMatch(/./)
    expect(uid).not.toBe(oldKey)
  }
  return [
    {
      title: 'a worker and its racks come before their site',
      act: () =>
        space.apply(
          rack('r', 's', { driver: 'simulated', devices }),
          rack('r2', 's', { driver: 'simulated', devices }),
          worker('w', 's', { driver: 'simulated' }),
        ),
      effect: async () =>
        expect(await conditionOf(space, 'MdkWorker', 'w', 'Ready')).toMatchObject({ reason: 'WaitingForSite' }),
    },
    {
      title: 'the site comes',
      act: () => space.apply(site('s')),
      effect: async () => {
        for (const name of ['s-ork', 's-app-node', 'w-r', 'w-r2']) await exists('Deployment', name)
        await exists('Service', 's-ork')
        expect((await space.siteStatus('s')).ork?.publicKey).toBeDefined()
      },
    },
    {
      title: 'tokens change while App Node runs',
      act: async () => {
        await startAppNodePod(space)
        await space.patch('Secret', 's-app-node-tokens', { stringData: { read: 'n'.repeat(30) } })
      },
      effect: async () =>
        expect((await space.get('Pod', 'app-node'))?.metadata.annotations).toHaveProperty([annotations.refresh]),
    },
    {
      title: 'a rack is emptied',
      act: () => space.apply(rack('r2', 's', { driver: 'simulated', devices: [] })),
      effect: async () => {
        await isGone('Deployment', 'w-r2')
        for (const name of ['w-r2-key', 'w-r2-devices']) await isGone('Secret', name)
      },
    },
    {
      title: 'everything is to outlive the site',
      act: () => space.apply(site('s', { deletionPolicy: 'RetainAll' })),
      effect: async () => expect(await owners('PersistentVolumeClaim', 's-ork')).toBe(0),
    },
    {
      title: 'nothing is to outlive the site',
      act: () => space.apply(site('s', { deletionPolicy: 'Delete' })),
      effect: async () => {
        expect(await owners('PersistentVolumeClaim', 's-ork')).toBe(1)
        expect(await owners('Secret', 's-topic')).toBe(1)
      },
    },
    {
      title: "a worker's key is lost",
      act: async () => (oldKey = await renewKey()),
      effect: async () => {
        await keyIsAnother()
        expect(await keyEvents()).toHaveLength(1)
      },
    },
    {
      title: 'it is lost again',
      act: async () => {
        clock.leap(eventPauseMs)
        oldKey = await renewKey()
      },
      effect: async () => {
        await keyIsAnother()
        expect(await keyEvents()).toEqual([2])
      },
    },
  ]
}

async function startAppNodePod(space: Space): Promise<void> {
  const labels = { 'mdk.io/site': 's', 'app.kubernetes.io/component': 'app-node' }
  const spec = { containers: [{ name: 'app-node', image: 'none' }] }
  await space.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app-node', labels }, spec })
  await space.patchStatus('Pod', 'app-node', { phase: 'Running' })
}
