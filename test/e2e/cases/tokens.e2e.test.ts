import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusPaths, statusPort } from '../../../runtime/src/contract/index.ts'
import { type Forward, forward } from '../support/app-node.ts'
import {
  applyYaml,
  get,
  list,
  makeNamespace,
  podsWithRestarts,
  run,
  secretValue,
  untilCondition,
  untilReady,
} from '../support/kube.ts'
import { adminToken } from '../support/ork-status.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-tokens'
const site = 'turning'
const sitePods = `mdk.io/site=${site}`
const ready = { type: 'Ready', status: 'True' }

describe('tokens are exchanged by changing their Secret, with no pod restarted and the identity in use throughout', () => {
  let podsAtFirst: readonly string[]
  let inUseSince: string | undefined
  let appNode: Forward
  const processes: Forward[] = []

  beforeAll(async () => {
    await makeNamespace(ns)
    await applyYaml(ns, yaml(helloSite(site), rackOf(site, 'rack-1', ['m-1']), workerOf(site)))
    await untilReady(ns, site)
    podsAtFirst = await podsWithRestarts(ns, sitePods)
    inUseSince = await lastTransition()
    appNode = await forward(ns, `service/${site}-app-node`, 3000)
    for (const pod of await list(ns, 'pods', sitePods)) {
      processes.push(await forward(ns, `pod/${pod.metadata.name}`, statusPort))
    }
  })
  afterAll(async () => {
    for (const opened of [appNode, ...processes]) opened.close()
    await run(['delete', 'namespace', ns, '--wait=false'])
  })

  it('App Node: the old token and the new one both hold, then the new one alone', async () => {
    const before = await appNodeToken()
    const after = 'the-next-token-for-those-who-read'
    expect(await workersWith(before)).toBe(200)
    expect(await workersWith(after)).toBe(401)
    await setSecret(`${site}-app-node-tokens`, { read: `${before}\n${after}` })
    await untilStatus(() => workersWith(after), 200)
    expect(await workersWith(before)).toBe(200)
    await setSecret(`${site}-app-node-tokens`, { read: after })
    await untilStatus(() => workersWith(before), 401)
    expect(await workersWith(after)).toBe(200)
    await expectUndisturbed()
  })

  it('App Node: a Secret that is deleted is made again, and what was in it holds no longer', async () => {
    const before = await appNodeToken()
    await run(['-n', ns, 'delete', 'secret', `${site}-app-node-tokens`])
    await untilStatus(() => workersWith(before), 401)
    const after = await until('there are new tokens', async () => (await appNodeToken()) || undefined, {
      timeoutMs: 30_000,
    })
    expect(after).not.toBe(before)
    await untilStatus(() => workersWith(after), 200)
    await expectUndisturbed()
  })

  it.each([
    ['changed', (name: string) => setSecret(name, { token: 'the-next-token-for-the-operator' })],
    ['deleted', (name: string) => run(['-n', ns, 'delete', 'secret', name])],
  ])('status: when its Secret is %s, every process and the operator go over to the new token', async (how, change) => {
    const before = await adminToken(ns, site)
    await change(`${site}-admin`)
    const after = await until(
      'there is a new token',
      async () => {
        const found = await adminToken(ns, site)
        return found === '' || found === before ? undefined : found
      },
      { timeoutMs: 30_000 },
    )
    for (const process of processes) {
      await untilStatus(() => statusWith(process, after), 200)
      expect(await statusWith(process, before)).toBe(401)
    }
    // That a new device is registered, the operator knows from ORK alone.
    await applyYaml(ns, rackOf(site, 'rack-1', ['m-1', `m-${how}`]))
    const rack = await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, ready)
    expect(rack.status?.devices).toMatchObject({ declared: 2, registered: 2 })
    await expectUndisturbed()
  })

  const appNodeToken = () => secretValue(ns, `${site}-app-node-tokens`, 'read')
  const workersWith = (token: string) => statusOf(`${appNode.url}/site-monitor/workers`, token)
  const statusWith = (process: Forward, token: string) => statusOf(`${process.url}${statusPaths.status}`, token)

  async function expectUndisturbed(): Promise<void> {
    expect(await podsWithRestarts(ns, sitePods)).toEqual(podsAtFirst)
    await untilReady(ns, site)
    expect(await lastTransition()).toBe(inUseSince)
  }

  async function lastTransition(): Promise<string | undefined> {
    const seen = await get(ns, 'mdksite', site)
    return seen?.status?.conditions?.find(({ type }) => type === 'IdentityReady')?.lastTransitionTime
  }
})

async function statusOf(url: string, token: string): Promise<number> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  return response.status
}

async function untilStatus(ask: () => Promise<number>, status: number): Promise<void> {
  await until(`the answer is ${status}`, async () => ((await ask()) === status ? true : undefined), {
    timeoutMs: 60_000,
  })
}

async function setSecret(name: string, texts: Readonly<Record<string, string>>): Promise<void> {
  await run(['-n', ns, 'patch', 'secret', name, '--type=merge', '-p', JSON.stringify({ stringData: texts })])
}
