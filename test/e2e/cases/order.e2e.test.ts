import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, get, list, makeNamespace, run, untilCondition, untilReady } from '../support/kube.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-order'

describe('any order of applying', () => {
  beforeAll(() => makeNamespace(ns))
  afterAll(() => run(['delete', 'namespace', ns, '--wait=false']))

  it('workers and racks applied before their site wait, and serve when it comes', async () => {
    await applyYaml(ns, yaml(rackOf('late', 'rack-1', ['m-1', 'm-2']), workerOf('late')))
    const waiting = { type: 'Ready', status: 'False', reason: 'WaitingForSite' }
    const worker = await untilCondition(ns, { kind: 'mdkworker', name: 'simulated' }, waiting)
    expect(worker.status?.conditions?.map(({ type }) => type)).not.toContain('Stalled')
    await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, waiting)
    await applyYaml(ns, helloSite('late'))
    const site = await untilReady(ns, 'late')
    expect(site.status?.devices).toMatchObject({ declared: 2, registered: 2 })
  })

  it('a second rack and worker applied to a running site are served, with the first undisturbed', async () => {
    const before = await list(ns, 'pods', 'mdk.io/site=late')
    await applyYaml(ns, rackOf('late', 'rack-2', ['m-1']))
    await untilCondition(ns, { kind: 'mdkrack', name: 'rack-2' }, { type: 'Ready', status: 'True' })
    const site = await untilReady(ns, 'late')
    expect(site.status?.devices).toMatchObject({ declared: 3, registered: 3 })
    const uids = (await list(ns, 'pods', 'mdk.io/site=late')).map((pod) => pod.metadata.uid)
    for (const pod of before) expect(uids).toContain(pod.metadata.uid)
    expect(await get(ns, 'deployment', 'simulated-rack-2')).toBeDefined()
  })
})
