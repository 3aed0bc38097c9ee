import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandWorld } from '../../test/ork/faults/command-world.ts'
import type { Run } from '../../test/ork/faults/faulty-worker.ts'

/** One thing that goes on or wrong. */
const acts: readonly [weight: number, act: (world: CommandWorld) => unknown][] = [
  [30, (world) => world.submit()],
  [3, (world) => world.cancelOne()],
  [2, (world) => world.killOrk()],
  [4, (world) => world.startOrk()],
  [
    3,
    ({ workers, chance }) => chance.pick(workers).kill({ silently: chance.happens(0.3), forgets: chance.happens(0.3) }),
  ],
  [6, (world) => world.startWorker(world.chance.pick(world.workers))],
  [1, ({ disk, chance }) => Object.assign(disk, { writable: chance.happens(0.5) })],
]
const deck = acts.flatMap(([weight, act]) => Array.from({ length: weight }, () => act))

async function heal(world: CommandWorld): Promise<void> {
  world.disk.writable = true
  Object.assign(world.weather, { loss: 0, deviceMs: 100 })
  await world.startOrk()
  for (const worker of world.workers) world.startWorker(worker)
  await world.clock.advance(600_000)
  world.look()
}

async function live(seed: number): Promise<CommandWorld> {
  const world = new CommandWorld(seed)
  world.weather.loss = world.chance.pick([0, 0.05, 0.3])
  await world.startOrk()
  for (let step = 0; step < 150; step += 1) {
    await world.chance.pick(deck)(world)
    await world.clock.advance(world.chance.pick([0, 1, 3, 50, 1_000, 9_000]))
    world.look()
  }
  await heal(world)
  return world
}

interface Fate {
  readonly command: string
  readonly ends: readonly string[]
  readonly runs: readonly Run[]
}

function expectOneEnd({ command, ends, runs }: Fate): void {
  const [end = ''] = ends
  const instances = new Set(runs.map(({ instanceId }) => instanceId))
  expect(ends).toHaveLength(1)
  if (command === 'once') expect(runs.length).toBeLessThanOrEqual(1)
  // An idempotent one runs again only where the first run isn't remembered.
  if (command === 'often' && !instances.has(null)) expect(runs).toHaveLength(instances.size)
  if (end.startsWith('SUCCESS')) expect(runs).not.toEqual([])
  if (end.startsWith('FAILED') && !isUnknown(end)) expect(runs).toEqual([])
}

const isUnknown = (end: string | undefined): boolean => end?.endsWith('FATE_UNKNOWN') === true

// Worlds take a tenth of a second each, and much more on a machine that has other work.
test('whatever is killed, late, lost or doubled: an accepted command ends once, runs once and is never stuck', async () => {
  const ends: string[] = []
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const world = await live(seed)
      expect(world.counts()).toMatchObject({ waiting: 0, inFlight: 0 })
      const ran = Map.groupBy(
        world.workers.flatMap(({ runs }) => runs),
        ({ commandId }) => commandId,
      )
      for (const [commandId, command] of world.accepted) {
        const seen = [...(world.ends.get(commandId) ?? [])]
        expectOneEnd({ command, ends: seen, runs: ran.get(commandId) ?? [] })
        ends.push(...seen)
      }
    }),
    { numRuns: 15 },
  )
  // The faults must have been felt, and not by everybody.
  const lost = ends.filter(isUnknown).length
  expect(lost).toBeGreaterThan(0)
  expect(lost).toBeLessThan(ends.length / 2)
}, 60_000)
