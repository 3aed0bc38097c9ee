import { beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../engine/clock.ts'
import { silentLog } from '../engine/log.ts'
import type { Election } from '../engine/manager.ts'
import { type ManualClock, manualClock } from '../engine/manual-clock.ts'
import { ApiError, type ApiErrorKind } from './errors.ts'
import { startLease } from './lease.ts'
import type { ApiRequest, Transport } from './transport.ts'
import type { Lease } from './types.ts'

/** One Lease behind the API's rules of optimistic locking. Real API servers keep real time, and this is about time. */
function leaseServer() {
  let lease: Lease | null = null
  let version = 0
  const cutOff = new Set<string>()
  const hanging = new Set<string>()
  const unanswered = new Set<string>()
  const requests = new Map<string, number>()
  const fail = (kind: ApiErrorKind) => Promise.reject(new ApiError({ kind, status: 0, message: kind }))
  const store = (body: unknown) => {
    const given = body as Lease
    lease = { ...given, metadata: { ...given.metadata, resourceVersion: String(++version) } }
    return Promise.resolve(lease)
  }
  const answer = ({ method, body }: ApiRequest): Promise<unknown> => {
    if (method === 'GET') return lease === null ? fail('absent') : Promise.resolve(lease)
    if (method === 'POST') return lease === null ? store(body) : fail('exists')
    if (lease === null) return fail('absent')
    const seen = (body as Lease).metadata.resourceVersion
    return seen === lease.metadata.resourceVersion ? store(body) : fail('conflict')
  }
  const transportFor = (identity: string): Transport => ({
    request: (request) => {
      requests.set(identity, (requests.get(identity) ?? 0) + 1)
      if (unanswered.has(identity)) void answer(request)
      if (hanging.has(identity) || unanswered.delete(identity))
        return new Promise((_, reject) => request.signal?.addEventListener('abort', () => reject(new Error('hangs'))))
      return cutOff.has(identity) ? fail('unreachable') : answer(request)
    },
    stream: () => fail('invalid'),
    close: () => Promise.resolve(),
  })
  return {
    transportFor,
    cutOff,
    hanging,
    unanswered,
    remove: () => void (lease = null),
    lease: () => lease?.spec,
    writes: () => version,
    requests: (identity: string) => requests.get(identity) ?? 0,
  }
}

let clock: ManualClock
let server: ReturnType<typeof leaseServer>
/** What happened, with the second when it did. */
let log: string[]

beforeEach(() => {
  clock = manualClock()
  server = leaseServer()
  log = []
})

function candidate(identity: string, clockOf: Clock = clock): Election {
  const note = (what: string) => log.push(`${clock.monotonic() / 1_000} ${identity} ${what}`)
  const options = { transport: server.transportFor(identity), clock: clockOf, random: () => 0.999, log: silentLog }
  return startLease(
    { ...options, namespace: 'n', name: 'operator', identity },
    { won: () => note('won'), lost: (reason) => note(reason) },
  )
}

describe('of two candidates', () => {
  test('one leads, and goes on leading', async () => {
    const first = candidate('a')
    await clock.advance(1_000)
    const second = candidate('b')
    await clock.advance(120_000)
    expect(log).toEqual(['0 a won'])
    expect(server.lease()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
    await Promise.all([first.close(), second.close()])
    expect(clock.armed).toBe(0)
  })

  test('the other takes over at once when the leader gives up', async () => {
    const first = candidate('a')
    await clock.advance(1_000)
    const second = candidate('b')
    await clock.advance(9_000)
    await first.close()
    expect(server.lease()?.holderIdentity).toBe('')
    await clock.advance(1_500)
    expect(log).toEqual(['0 a won', expect.stringMatching(/^1[01][.\d]* b won$/)])
    expect(server.lease()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
    await second.close()
  })

  test('the leader gives up what its last renewal made of the lease, though it stops before the answer', async () => {
    const first = candidate('a')
    await clock.advance(1_000)
    // Carried out, and the answer never comes.
    server.unanswered.add('a')
    await clock.advance(1_000)
    const version = server.writes()
    await first.close()
    expect(server.lease()?.holderIdentity).toBe('')
    expect(server.writes()).toBe(version + 1)
  })

  test('the leader that is cut off stops before the other starts', async () => {
    const first = candidate('a')
    const second = candidate('b')
    await clock.advance(10_000)
    server.cutOff.add('a')
    await clock.advance(30_000)
    const [lost, won] = log.slice(1)
    expect(lost).toMatch('a the lease is lost: it could not be renewed for 10 s')
    expect(won).toMatch('b won')
    expect(parseFloat(won!)).toBeGreaterThan(parseFloat(lost!) + 3)
    expect(parseFloat(won!)).toBeLessThanOrEqual(10 + 17)
    await Promise.all([first.close(), second.close()])
  })

  test('the leader whose requests hang stops in time too', async () => {
    const first = candidate('a')
    await clock.advance(10_000)
    server.hanging.add('a')
    await clock.advance(12_000)
    expect(log[1]).toMatch(/^20 a the lease is lost/)
    await first.close()
  })

  test('the leader that was paused for longer than its time does not lead from the moment it goes on, and asks nobody', async () => {
    let pausedMs = 0
    const first = candidate('a', { ...clock, monotonic: () => clock.monotonic() + pausedMs })
    await clock.advance(10_000)
    expect([first.leads, first.lapsed]).toEqual([true, false])
    const before = server.requests('a')
    pausedMs = 60_000
    expect([first.leads, first.lapsed]).toEqual([false, true])
    await clock.advance(2_000)
    expect(log[1]).toMatch(/a the lease is lost: it could not be renewed/)
    expect(server.requests('a')).toBe(before)
    await first.close()
  })

  test('one leads by its own word only while it does', async () => {
    const first = candidate('a')
    const second = candidate('b')
    await clock.advance(5_000)
    expect([first.leads, second.leads]).toEqual([true, false])
    server.cutOff.add('a')
    await clock.advance(8_000)
    expect([first.leads, second.leads]).toEqual([true, false])
    await clock.advance(20_000)
    expect([first.leads, second.leads]).toEqual([false, true])
    await Promise.all([first.close(), second.close()])
  })

  test('a clock that is set wrong makes no difference', async () => {
    const first = candidate('a')
    const wrong = { ...clock, now: () => clock.now() + 86_400_000 }
    const second = candidate('b', wrong)
    await clock.advance(60_000)
    expect(log).toEqual(['0 a won'])
    await Promise.all([first.close(), second.close()])
  })

  test('the leader goes on, and the other waits, when somebody deletes the lease', async () => {
    const first = candidate('a')
    const second = candidate('b')
    await clock.advance(10_000)
    for (let times = 0; times < 20; times += 1) {
      server.remove()
      await clock.advance(1_700)
    }
    expect(log).toEqual(['0 a won'])
    await first.close()
    await clock.advance(1_500)
    expect(log[1]).toMatch(/ b won$/)
    await second.close()
  })

  test('the other leads when a lease that somebody deleted would have expired', async () => {
    const first = candidate('a')
    const second = candidate('b')
    await clock.advance(10_000)
    server.cutOff.add('a')
    server.remove()
    await clock.advance(13_000)
    expect(log.slice(1)).toEqual([expect.stringMatching(/^20 a the lease is lost/)])
    await clock.advance(4_000)
    expect(log[2]).toMatch(/ b won$/)
    await Promise.all([first.close(), second.close()])
  })

  test('the leader that finds another in its place stops at once', async () => {
    const first = candidate('a')
    await clock.advance(1_000)
    // As after a pause of the whole process, in which the lease expired.
    const thief = server.transportFor('c')
    const lease = (await thief.request({ method: 'GET', path: '' })) as Lease
    await thief.request({ method: 'PUT', path: '', body: { ...lease, spec: { ...lease.spec, holderIdentity: 'c' } } })
    await clock.advance(2_000)
    expect(log[1]).toMatch(/^2 a the lease is lost: c holds it/)
    await first.close()
    expect(server.lease()?.holderIdentity).toBe('c')
  })
})

test('a renewal is one request', async () => {
  const first = candidate('a')
  await clock.advance(0)
  const before = server.writes()
  await clock.advance(20_000)
  expect(server.writes() - before).toBe(10)
  await first.close()
})
