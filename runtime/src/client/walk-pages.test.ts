import { expect, test } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import type { Page } from '../protocol/payloads.ts'
import { answered, failed } from './ork-answer.ts'
import { type PageOf, walkPages } from './walk-pages.ts'

/** A list that may change before each question, of which a reply has room for so many. */
function listOf(count: number, { room = 1_000, onAsked = (_: number) => count } = {}) {
  const asked: Page[] = []
  const clock = manualClock()
  const ask = (page: Page) => {
    asked.push(page)
    const all = Array.from({ length: onAsked(asked.length) }, (_, number) => number)
    const items = all.slice(page.offset, page.offset + page.limit)
    const value: PageOf<number> = { items, total: all.length }
    return Promise.resolve(items.length > room ? failed('ERR_REPLY_TOO_LARGE') : answered(value))
  }
  const walk = () => walkPages({ clock, ask, limit: 4, timeoutMs: 1_000 })
  return { asked, clock, walk }
}

const upTo = (count: number) => answered(Array.from({ length: count }, (_, number) => number))

test('all are had by as many pages as it takes', async () => {
  for (const [count, pages] of [
    [0, 1],
    [3, 1],
    [4, 1],
    [5, 2],
    [9, 3],
  ] as const) {
    const { asked, walk } = listOf(count)
    expect(await walk()).toEqual(upTo(count))
    expect(asked).toHaveLength(pages)
  }
})

test('an ORK that knows no pages gives all at once', async () => {
  const ask = () => Promise.resolve(answered({ items: [1, 2, 3, 4, 5, 6], total: undefined }))
  expect(await walkPages({ clock: manualClock(), ask, limit: 4, timeoutMs: 1_000 })).toMatchObject({
    value: [1, 2, 3, 4, 5, 6],
  })
})

test('a page whose reply is too large is asked for in smaller ones', async () => {
  const { asked, walk } = listOf(5, { room: 1 })
  expect(await walk()).toEqual(upTo(5))
  expect(asked.slice(0, 4).map(({ limit }) => limit)).toEqual([4, 2, 1, 1])
})

test('an item that is too large for a reply is told', async () => {
  expect(await listOf(5, { room: 0 }).walk()).toMatchObject({ code: 'ERR_REPLY_TOO_LARGE' })
})

test('it begins anew when one has come or gone meanwhile, and leaves nothing out', async () => {
  const { asked, walk } = listOf(9, { onAsked: (times) => (times === 1 ? 9 : 8) })
  expect(await walk()).toEqual(upTo(8))
  expect(asked.map(({ offset }) => offset)).toEqual([0, 4, 0, 4])
})

test('a list that never rests is taken as it is the third time', async () => {
  const { asked, walk } = listOf(9, { onAsked: (times) => 9 + times })
  expect(await walk()).toMatchObject({ kind: 'ok' })
  expect(asked.map(({ offset }) => offset)).toEqual([0, 4, 0, 4, 0, 4, 8, 12, 16])
})
