// Two replicas as two processes, each behind a proxy of its own, which knows what each has asked.
import { expect, test, vi } from 'vitest'
import type { Space } from '../operator/lab.ts'
import type { Asked } from './asked.ts'
import type { Fire } from './fire.ts'
import { creation, rackChange, siteName } from './hello-life.ts'
import type { OperatorProcess } from './operator-process.ts'
import { findBrokenPromises } from './promises.ts'
import { countAsked } from './rules.ts'

/** `MDK_FIRE_PAUSE_S=120` makes it two minutes; by default it is just longer than a lease. */
const pauseMs = Number(process.env['MDK_FIRE_PAUSE_S'] ?? 18) * 1_000
const patient = { timeout: 120_000, interval: 50 }

/** A leader, a standby that knows of it, and a site. */
async function startPair({ field, ends }: Fire) {
  const space = await field.ground(siteName)
  const settings = { namespaces: [space.name], leaseNamespace: space.name }
  const leader = await field.startOperator(settings)
  await vi.waitFor(async () => expect(await holder(space)).toBe(leader.name), patient)
  const standby = await field.startOperator(settings)
  await creation.act(space)
  await ends.reached(space, creation)
  await standby.warm()
  await vi.waitFor(() => expect(leaseReads(standby)).toBeGreaterThan(2), patient)
  const done = async () => {
    expect(findBrokenPromises(field.witness.history(space.name))).toEqual([])
    await Promise.all([leader, standby].map(field.end))
  }
  return { space, leader, standby, done }
}

async function holder(space: Space): Promise<string> {
  return (await space.get('Lease', 'mdk-operator'))?.spec?.holderIdentity ?? ''
}
const leaseReads = ({ proxy }: OperatorProcess) =>
  proxy.asked.filter(({ kind, resource }) => kind === 'read' && resource === 'leases').length
const writes = ({ proxy }: OperatorProcess) => countAsked(proxy.asked, 'write')

/** When the lease was seen to be the standby's (ms of `performance.now()`). */
async function untilLeads(space: Space, { name }: OperatorProcess): Promise<number> {
  await vi.waitFor(async () => expect(await holder(space)).toBe(name), patient)
  return performance.now()
}

/** A change of the site is followed by the new leader, from what it had in memory. */
async function expectWarmLeader(
  { ends }: Fire,
  space: Space,
  leader: OperatorProcess,
  listsBefore: number,
): Promise<void> {
  await rackChange.act(space)
  await ends.reached(space, creation, rackChange)
  expect(countAsked(leader.proxy.asked, 'list')).toBe(listsBefore)
}

export function leaseSuite(fire: () => Fire): void {
  test('a leader that is asked to stop hands over within two seconds, to a standby that has written nothing and need not list', async () => {
    const { space, leader, standby, done } = await startPair(fire())
    const lists = countAsked(standby.proxy.asked, 'list')
    expect(writes(standby)).toBe(0)
    const asked = performance.now()
    const ended = leader.stop()
    const tookMs = (await untilLeads(space, standby)) - asked
    process.stdout.write(`hand-over took ${Math.round(tookMs)} ms\n`)
    expect(await ended).toBe(0)
    // Far from the promise, since this machine may do other things; a lease that isn't given up takes 15 s.
    expect(tookMs).toBeLessThan(8_000)
    await expectWarmLeader(fire(), space, standby, lists)
    await done()
  })

  test('a leader that is killed is replaced within seventeen seconds', async () => {
    const { space, leader, standby, done } = await startPair(fire())
    const lists = countAsked(standby.proxy.asked, 'list')
    const killed = performance.now()
    leader.kill()
    const tookMs = (await untilLeads(space, standby)) - killed
    process.stdout.write(`take-over took ${Math.round(tookMs)} ms\n`)
    expect(tookMs).toBeGreaterThan(10_000)
    expect(tookMs).toBeLessThan(25_000)
    await expectWarmLeader(fire(), space, standby, lists)
    await done()
  })

  const paused = `that is paused for ${pauseMs / 1_000} s, while another took over,`

  test(`a leader ${paused} ends without writing anything when it goes on`, async () => {
    const { space, leader, standby, done } = await startPair(fire())
    const renewals = () => leader.proxy.answered.filter(isRenewal).length
    const renewed = renewals()
    // Right after a renewal, so that none is on its way.
    await vi.waitFor(() => expect(renewals()).toBeGreaterThan(renewed), { ...patient, interval: 5 })
    await expectEndsUnwritten(fire(), space, leader, standby)
    await done()
  })

  test(`a leader ${paused} is refused the renewal that was on its way`, async () => {
    const { space, leader, standby, done } = await startPair(fire())
    const arrival = Promise.withResolvers<undefined>()
    const held: Asked[] = []
    leader.proxy.faults = {
      onRequest: (asked) => {
        if (held.length > 0 || !isRenewal({ asked })) return { kind: 'pass' }
        held.push(asked)
        return { kind: 'hold', until: arrival.promise }
      },
    }
    await vi.waitFor(() => expect(held).toHaveLength(1), { ...patient, interval: 5 })
    const ended = expectEndsUnwritten(fire(), space, leader, standby)
    await untilLeads(space, standby)
    arrival.resolve(undefined)
    await ended
    expect(leader.proxy.answered).toContainEqual({ asked: held[0], status: 409 })
    await done()
  })
}

const isRenewal = ({ asked: { kind, resource } }: { asked: Asked }) => kind === 'write' && resource === 'leases'

/** Pauses the leader for long enough, and lets it go on. */
async function expectEndsUnwritten(fire: Fire, space: Space, leader: OperatorProcess, standby: OperatorProcess) {
  const lists = countAsked(standby.proxy.asked, 'list')
  const pausedAt = performance.now()
  leader.pause()
  await untilLeads(space, standby)
  // What the new leader does fills the sockets of the old one with events to act upon.
  await expectWarmLeader(fire, space, standby, lists)
  await vi.waitUntil(() => performance.now() - pausedAt >= pauseMs, { timeout: pauseMs + 1_000, interval: 100 })
  const before = writes(leader)
  leader.resume()
  expect(await leader.ended).toBe(1)
  expect(writes(leader)).toBe(before)
  expect(await leader.log()).toContain('the lease is lost: it could not be renewed')
  expect(await holder(space)).toBe(standby.name)
}
