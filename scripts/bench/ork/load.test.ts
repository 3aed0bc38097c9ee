import { expect, test } from 'vitest'
import { serveClosedLoop, serveCount, serveOpenLoop } from './load.ts'

/** A server that answers at once and notes how many requests it had at most at a time, and from which lanes. */
function server() {
  const seen = { most: 0, lanes: new Set<number>(), count: 0 }
  let now = 0
  const request = async (lane: number) => {
    now += 1
    seen.count += 1
    seen.lanes.add(lane)
    seen.most = Math.max(seen.most, now)
    await new Promise((resolve) => setImmediate(resolve))
    now -= 1
  }
  return { seen, request }
}

test('a closed loop keeps as many requests under way as it was told, and counts each', async () => {
  const { seen, request } = server()
  const { count } = await serveClosedLoop(request, { concurrency: 4, forMs: 20 })
  expect(seen).toMatchObject({ most: 4, count, lanes: new Set([0, 1, 2, 3]) })
})

test('a count is served exactly', async () => {
  const { seen, request } = server()
  await serveCount(request, 10, 4)
  expect(seen.count).toBe(10)
})

test('an open loop sends all that was due, though nothing is answered meanwhile', async () => {
  let sent = 0
  const { promise, resolve } = Promise.withResolvers<null>()
  const served = serveOpenLoop(
    () => {
      sent += 1
      if (sent === 20) resolve(null)
      return promise
    },
    { perSecond: 1_000, forMs: 20 },
  )
  expect(await served).toMatchObject({ count: 20 })
})

test('a request that fails ends the load', async () => {
  await expect(serveClosedLoop(() => Promise.reject(new Error('no')), { concurrency: 1, forMs: 10 })).rejects.toThrow(
    'no',
  )
})
