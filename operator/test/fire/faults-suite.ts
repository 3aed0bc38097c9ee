// An API server that refuses, watches that lie, and a second operator.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startOperator } from '../../src/app.ts'
import { parseConfig } from '../../src/config.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { silentLog } from '../../src/engine/log.ts'
import { systemRandom } from '../../src/engine/random.ts'
import type { Space } from '../operator/lab.ts'
import type { Faults, WatchedEvent } from './fault-proxy.ts'
import type { Fire } from './fire.ts'
import { creation, deletion, rackChange, siteName } from './hello-life.ts'
import { countAsked, storm } from './rules.ts'
import { soak } from './soak.ts'

const wholeLife = [creation, rackChange, deletion]

async function live({ ends }: Fire, space: Space): Promise<void> {
  for (let at = 0; at < wholeLife.length; at++) {
    await wholeLife[at]!.act(space)
    await ends.reached(space, ...wholeLife.slice(0, at + 1))
  }
}

/** A site that is at rest, with its operator. */
async function createdSite({ field, ends }: Fire) {
  const space = await field.ground(siteName)
  const operator = await field.startOperator({ namespaces: [space.name] })
  await creation.act(space)
  await ends.reached(space, creation)
  return { space, operator }
}

const stormMs = 10_000

/** Longer than the window in which counts wait to be written. */
const restMs = 12_000

export function faultsSuite(fire: () => Fire): void {
  describe('a storm of ten seconds', () => {
    test.each([
      // Each of a run's eight requests at once waits out its second; each of what goes on asks once in a second.
      ['of 429 that ask to wait a second', { status: 429, retryAfterSeconds: 1 }, 25, 25],
      // Each run tries a request four times, and begins later and later.
      ['of 500', { status: 500 }, 100, 20],
      ['of 503', { status: 503 }, 100, 20],
    ] as const)(
      '%s is waited out without haste, told in metrics, and what it held up is done',
      async (_, refusal, perSecond, perSecondLater) => {
        const { field, ends } = fire()
        const { space, operator } = await createdSite(fire())
        operator.proxy.faults = storm(refusal)
        const began = performance.now()
        // Something to do, for all three controllers.
        await space.patch('MdkSite', siteName, { metadata: { annotations: { touched: 'yes' } } })
        await rackChange.act(space)
        await delay(stormMs)
        operator.proxy.faults = {}
        const askedSince = (since: number) => operator.proxy.asked.filter(({ atMs }) => atMs >= since).length
        const [all, secondHalf] = [askedSince(began), askedSince(began + stormMs / 2)]
        process.stdout.write(
          `${refusal.status}: ${all} requests in ten seconds, ${secondHalf} of them in the last five\n`,
        )
        expect(all / (stormMs / 1_000)).toBeLessThan(perSecond)
        expect(secondHalf / (stormMs / 2_000)).toBeLessThan(perSecondLater)
        expect(await operator.metrics()).toMatch(
          new RegExp(`rest_client_requests_total\\{code="${refusal.status}",method="PATCH"`),
        )
        expect(await operator.metrics()).toMatch(/controller_runtime_reconcile_errors_total\{controller="\w+"\} [1-9]/)
        await space.patch('MdkSite', siteName, { metadata: { annotations: { touched: null } } })
        await ends.reached(space, creation, rackChange)
        await field.end(operator)
      },
    )
  })

  describe('watches', () => {
    /** Every event of one kind of fault, by turns. */
    const each = (onEvent: NonNullable<Faults['onEvent']>): Faults => ({ onEvent })
    const everyFifth = (fate: ReturnType<NonNullable<Faults['onEvent']>>) => {
      let events = 0
      return each(() => (++events % 5 === 0 ? fate : { kind: 'pass' }))
    }

    test.each([
      ['that tell everything twice', each(() => ({ kind: 'twice' }))],
      ['that are late by a third of a second at each event', each(() => ({ kind: 'delay', ms: 300 }))],
      [
        'of Secrets that are late by six seconds, which is longer than the operator waits to see its own writes',
        each(({ asked }: WatchedEvent) =>
          asked.resource === 'secrets' ? { kind: 'delay', ms: 6_000 } : { kind: 'pass' },
        ),
      ],
      ['that end with 410 in place of each fifth event', everyFifth({ kind: 'gone' })],
      ['that are cut in place of each fifth event', everyFifth({ kind: 'cut' })],
      ['that end without a word in place of each fifth event', everyFifth({ kind: 'end' })],
    ] as const)('%s change nothing of what becomes of a site', async (_, faults) => {
      const { field } = fire()
      const space = await field.ground(siteName)
      const operator = await field.startOperator({ namespaces: [space.name] }, faults)
      await live(fire(), space)
      await field.end(operator)
    })

    test('that are refused with 410 are followed by lists, without a gap', async () => {
      const { field, ends } = fire()
      const { space, operator } = await createdSite(fire())
      const lists = countAsked(operator.proxy.asked, 'list')
      operator.proxy.faults = storm({ status: 410 }, { only: ({ kind }) => kind === 'watch' })
      operator.proxy.cutAll()
      await rackChange.act(space)
      await ends.reached(space, creation, rackChange)
      expect(countAsked(operator.proxy.asked, 'list')).toBeGreaterThan(lists)
      operator.proxy.faults = {}
      await field.end(operator)
    })
  })

  test('an event that a watch swallows is found when the watch ends after an hour', async () => {
    const { field, ends } = fire()
    const space = await field.ground(siteName)
    const { proxy, cluster } = await field.startProxy()
    let skippedMs = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skippedMs }
    const operator = await startOperator(
      parseConfig(['--runtime-image=mdk-runtime:test', '--port=0', `--namespaces=${space.name}`], {}, 'here'),
      { cluster, clock, random: systemRandom, randomBytes, log: silentLog, onFatal: () => undefined },
    )
    await creation.act(space)
    await ends.reached(space, creation)
    const swallowed = Promise.withResolvers<undefined>()
    proxy.faults = {
      onEvent({ asked, type, name }) {
        if (asked.resource !== 'services' || type !== 'DELETED' || name !== `${siteName}-ork`) return { kind: 'pass' }
        swallowed.resolve(undefined)
        return { kind: 'drop' }
      },
    }
    await space.remove('Service', `${siteName}-ork`)
    await swallowed.promise
    // It believes what it has in memory, whatever else happens.
    await rackChange.act(space)
    await field.witness.until(space.name, rackChange.name, (objects) => {
      if (!rackChange.isOver(objects)) throw new Error('it is not over')
    })
    expect(await space.get('Service', `${siteName}-ork`)).toBeNull()
    skippedMs = 60 * 60_000
    proxy.cutAll()
    await ends.reached(space, creation, rackChange)
    await operator.close()
    await proxy.close()
  })

  test('an operator that is paused and goes on takes up what has changed meanwhile', async () => {
    const { field, ends } = fire()
    const { space, operator } = await createdSite(fire())
    operator.pause()
    await rackChange.act(space)
    await space.remove('Service', `${siteName}-ork`)
    operator.resume()
    await ends.reached(space, creation, rackChange)
    await field.end(operator)
  })

  test('a server that answers nothing for a while is asked again', async () => {
    const { field, ends } = fire()
    const { space, operator } = await createdSite(fire())
    operator.proxy.freeze()
    await rackChange.act(space)
    await delay(12_000)
    operator.proxy.thaw()
    await ends.reached(space, creation, rackChange)
    await field.end(operator)
  })

  test('two operators at once, neither of which waits for a lease, make one site of it and come to rest', async () => {
    const { field, ends } = fire()
    const space = await field.ground(siteName)
    const both = await Promise.all([0, 1].map(() => field.startOperator({ namespaces: [space.name] })))
    await Promise.all(both.map((operator) => operator.warm()))
    await creation.act(space)
    await ends.reached(space, creation)
    await rackChange.act(space)
    await ends.reached(space, creation, rackChange)
    await delay(restMs)
    const rested = performance.now()
    await delay(restMs)
    for (const { proxy } of both) expect(proxy.asked.filter(({ atMs }) => atMs > rested)).toEqual([])
    await deletion.act(space)
    await ends.reached(space, ...wholeLife)
    await Promise.all(both.map(field.end))
  })

  test('all of it at once and at random, with operators that die and are paused, changes nothing of what becomes of a site', async () => {
    const { field, ends } = fire()
    const counts = await soak(field, ends, { seed: 1, rounds: 3, atOnce: 3, life: wholeLife })
    expect(counts.faults).toBeGreaterThan(20)
    expect(counts.kills).toBeGreaterThan(0)
  })
}
