// The operator dies between any two of its writes. Each life has a namespace of its own; several run side by side.
import { describe, expect, test } from 'vitest'
import type { Edge } from './fault-proxy.ts'
import type { Fire } from './fire.ts'
import { type Chapter, creation, deletion, rackChange, siteName } from './hello-life.ts'
import { cutEach, killAtWrite } from './rules.ts'

/** Lives up to the last chapter, in which the operator is killed once its n-th write is done. Tells whether it made so many. */
async function isKilledAfter({ field, ends }: Fire, n: number, life: readonly Chapter[]): Promise<boolean> {
  const space = await field.ground(siteName)
  const namespaces = [space.name]
  const first = await field.startOperator({ namespaces })
  for (const [at, chapter] of life.entries()) {
    if (at > 0) await ends.reached(space, ...life.slice(0, at))
    if (at === life.length - 1) first.proxy.faults = killAtWrite(n, 'after', first.kill)
    await chapter.act(space)
  }
  // Whether the first comes so far is of no matter; its successor must.
  await Promise.race([first.ended, ends.reached(space, ...life).catch(() => undefined)])
  const isKilled = (await first.stop()) === null
  await field.end(first)
  const second = await field.startOperator({ namespaces })
  await ends.reached(space, ...life)
  await field.end(second)
  return isKilled
}

/** Kills after the first write, the second, and so on, until there are no more. Returns how many there were. */
async function killAfterEach(fire: Fire, life: readonly Chapter[], atOnce: number): Promise<number> {
  let [next, last] = [0, Infinity]
  const work = async () => {
    while (next < last) {
      next += 1
      const n = next
      if (!(await isKilledAfter(fire, n, life))) last = Math.min(last, n)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return last - 1
}

/** Every seventh write of a namespace, beginning with each of the first seven: so every write of a life is cut in one of them. */
const every = 7

export function crashSuite(fire: () => Fire): void {
  // Killed after a write is killed before the next, since nothing passes in between: one edge has every state there is.
  describe('that is killed between any two of its writes leaves nothing that its successor does not bring to the same end', () => {
    test.each([
      ['the creation of a site', [creation], 3, 30],
      ['a change of a rack', [creation, rackChange], 4, 4],
      ['the deletion of a site', [creation, deletion], 2, 2],
    ] as const)('in %s', async (_, life, atOnce, atLeast) => {
      expect(await killAfterEach(fire(), life, atOnce)).toBeGreaterThanOrEqual(atLeast)
    })
  })

  test('whose connection is cut before a write arrives, or before its answer does, goes on to the same end', async () => {
    const { field, ends } = fire()
    const cuts = (['before', 'after'] as const).flatMap((edge: Edge) =>
      Array.from({ length: every }, (_, rest) => ({ edge, rest })),
    )
    const spaces = await Promise.all(cuts.map(() => field.ground(siteName)))
    const rules = new Map(spaces.map(({ name }, at) => [name, cutEach(every, cuts[at]!.rest, cuts[at]!.edge)]))
    const operator = await field.startOperator(
      { namespaces: spaces.map(({ name }) => name) },
      { onRequest: (asked) => rules.get(asked.namespace ?? '')?.onRequest?.(asked) ?? { kind: 'pass' } },
    )
    const life: Chapter[] = []
    for (const chapter of [creation, rackChange, deletion]) {
      life.push(chapter)
      await Promise.all(spaces.map((space) => chapter.act(space)))
      await Promise.all(spaces.map((space) => ends.reached(space, ...life)))
    }
    expect(await operator.stop()).toBe(0)
    await field.end(operator)
  })
}
