import { seededRandom } from '../../../../test/random/seeded-random.ts'

/** Numbers that look random and follow from a seed, so that what they did can be done again. */
export interface Chance {
  /** In [0, 1). */
  next(): number
  /** True so often. */
  happens(probability: number): boolean
  /** A whole number below. */
  below(limit: number): number
  pick<Item>(items: readonly Item[]): Item
}

export function chanceOf(seed: number): Chance {
  const next = seededRandom(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    happens: (probability) => next() < probability,
    below,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('there is nothing to pick from')
      return item
    },
  }
}
