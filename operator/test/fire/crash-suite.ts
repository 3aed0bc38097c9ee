// The operator dies between any two of its writes. Each life has a namespace of its own; several run side by side.
import { describe, expect, test } from 'vitest'
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

/** Every fifth write of a namespace, beginning with each of the first five: so every write of a life is cut in one of them. */
const every = 5

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

  test.each([
    ['before each write in turn arrives', 'before'],
    ['before the answer of each write in turn', 'after'],
  ] as const)('whose connection is cut %s goes on to the same end', async (_, edge) => {
    const { field, ends } = fire()
    const spaces = await Promise.all(Array.from({ length: every }, () => field.ground(siteName)))
    const rules = new Map(spaces.map(({ name }, rest) => [name, cutEach(every, rest, edge)]))
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
