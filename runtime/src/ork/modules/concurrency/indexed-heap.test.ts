import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IndexedHeap } from './indexed-heap.ts'

const heapOf = (items: readonly number[]): IndexedHeap<number> => {
  const heap = new IndexedHeap<number>((a, b) => a < b)
  for (const item of items) heap.add(item)
  return heap
}
const drain = (heap: IndexedHeap<number>): number[] => {
  const drained: number[] = []
  for (let item = heap.peek(); item !== undefined; item = heap.peek()) {
    drained.push(item)
    heap.delete(item)
  }
  return drained
}

test('whatever is added and deleted, what is left comes out in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer()), fc.array(fc.nat()), (items, picks) => {
      const heap = heapOf(items)
      const left = new Set(items)
      for (const pick of picks) {
        const item = items[pick % Math.max(1, items.length)]
        if (item === undefined) continue
        heap.delete(item)
        left.delete(item)
      }
      expect(heap.size).toBe(left.size)
      expect(drain(heap)).toEqual([...left].sort((a, b) => a - b))
    }),
  )
})

test('adding what is there and deleting what is not there change nothing', () => {
  const heap = heapOf([2, 1, 2])
  heap.delete(9)
  expect(drain(heap)).toEqual([1, 2])
  expect(heap.peek()).toBeUndefined()
})
