// The role is exactly what the operator needs: with all of it nothing is denied, and each right that is taken away is missed.
// Every right is really taken away: an operator of its own, in a namespace of its own, under a service account whose role
// lacks the one verb, before the RBAC authorizer of a real API server. It lives through everything that can happen to a site
// until it says that the right is missing. OwnerReferencesPermissionEnforcement is on, as it is on OpenShift, since some rights
// are for it alone.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Log } from '../../src/engine/log.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { leapingClock, lifeOfASite } from './life-of-a-site.ts'
import { accountWith, formatResource, type Right, rights } from './rights.ts'
import { type RunningOperator, runOperator, untilLeading } from './running-operator.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab({ admissionPlugins: ['OwnerReferencesPermissionEnforcement'] })
})
afterAll(() => lab.close())

interface Limited {
  readonly space: Space
  readonly operator: RunningOperator
  readonly clock: ReturnType<typeof leapingClock>
  /** All that it has said of errors. */
  said(): string
}

/** An operator for one namespace that has the rights and no others. It reaches ORKs as one outside the cluster does. */
async function startWith(granted: readonly Right[], elects: boolean): Promise<Limited> {
  const space = await lab.namespace()
  const cluster = await accountWith(lab, space, granted)
  const clock = leapingClock()
  const lines: string[] = []
  const leaderElection = elects ? { namespace: space.name, identity: 'me' } : null
  const operator = await runOperator(cluster, { namespaces: [space.name], leaderElection, clock, log: logInto(lines) })
  return { space, operator, clock, said: () => lines.join('\n') }
}

function logInto(lines: string[]): Log {
  const take = ({ err }: Readonly<Record<string, unknown>>) => {
    for (let error = err; error instanceof Error; error = error.cause) lines.push(error.message)
  }
  return { debug: () => undefined, info: () => undefined, warn: take, error: take }
}

const slow = { timeout: 30_000, interval: 50 }

describe.concurrent('the role of the operator', () => {
  test('suffices for everything that happens to a site', async ({ expect }) => {
    const { space, operator, clock, said } = await startWith(rights, false)
    await untilLeading(operator)
    for (const { act, effect } of lifeOfASite(space, clock)) {
      await act()
      await vi.waitFor(effect, slow)
    }
    expect(said()).not.toContain('may not')
    expect(await operator.denied()).toBe(0)
    await operator.close()
  })

  test('suffices to take, renew and give up the lease', async ({ expect }) => {
    const { space, operator, said } = await startWith(rights, true)
    await untilLeading(operator)
    const version = async () => (await space.get('Lease', 'mdk-operator'))?.metadata.resourceVersion
    const taken = await version()
    await vi.waitFor(async () => expect(await version()).not.toBe(taken), slow)
    expect(await operator.denied()).toBe(0)
    await operator.close()
    expect((await space.get('Lease', 'mdk-operator'))?.spec?.holderIdentity).toBe('')
    expect(said()).toBe('')
  })

  test.each(rights.map((right) => ({ right, verb: right.verb, resource: formatResource(right) })))(
    'without $verb on $resource fails, and the operator says what is missing',
    async ({ right, verb, resource }) => {
      const rest = rights.filter((other) => other !== right)
      const { space, operator, clock, said } = await startWith(rest, right.where === 'own')
      // In its log, or as an event where no condition hangs on it.
      const all = async () => [said(), ...(await space.events('WriteRefused'))].join('\n')
      const told = async () =>
        new RegExp(`the operator may not ${verb} .*${RegExp.escape(resource)}.*manifests`).test(await all())
      try {
        if (right.where === 'own') await vi.waitUntil(told, slow)
        for (const { act, effect } of lifeOfASite(space, clock)) {
          if (await told()) break
          await act()
          await vi.waitFor(async () => (await told()) || (await effect()), slow)
        }
        await vi.waitFor(
          async () => expect(await all()).toMatch(new RegExp(`may not ${verb} .*${RegExp.escape(resource)}`)),
          2_000,
        )
        // Nobody was refused anything else.
        expect((await all()).replaceAll(new RegExp(`may not ${verb} `, 'g'), '')).not.toContain('may not')
      } finally {
        await operator.close()
      }
    },
  )
})
