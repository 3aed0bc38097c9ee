import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operatorNamespace } from '../../../scripts/site/operator-install.ts'
import {
  applyYaml,
  get,
  list,
  makeNamespace,
  run,
  type Seen,
  untilAllHealthy,
  untilCondition,
} from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-hello'

describe('hello site', () => {
  beforeAll(() => makeNamespace(ns))
  afterAll(() => run(['delete', 'namespace', ns, '--wait=false']))

  it('three lines of MdkSite, a rack and a worker become Ready with every device registered', async () => {
    await applyYaml(ns, yaml(helloSite('hello'), rackOf('hello', 'rack-1', ['miner-1', 'miner-2']), workerOf('hello')))
    const site = await untilAllHealthy(ns, 'hello')
    expect(site.status?.devices).toEqual({ declared: 2, assigned: 2, registered: 2, healthy: 2 })
    expect(site.status?.workers).toEqual({ desired: 1, ready: 1 })
  })

  it('every pod runs without restart, without a service-account token, as restricted as its namespace demands', async () => {
    // A site is Ready with two of its three DHT nodes.
    await run(['-n', ns, 'wait', '--for=condition=Ready', 'pod', '-l', 'mdk.io/site=hello', '--timeout=60s'])
    const pods = await list(ns, 'pods', 'mdk.io/site=hello')
    expect(pods.map((pod) => pod.metadata.labels?.['app.kubernetes.io/component']).sort()).toEqual([
      'app-node',
      'dht',
      'dht',
      'dht',
      'ork',
      'worker',
    ])
    for (const pod of pods) {
      expect(pod.spec).toMatchObject({ automountServiceAccountToken: false })
      expect(pod.status?.containerStatuses).toMatchObject([{ restartCount: 0, ready: true }])
    }
  })

  it('every namespace but those of Kubernetes enforces the restricted Pod Security Standard', async () => {
    const namespaces = JSON.parse(await run(['get', 'namespaces', '-o', 'json'])) as { items: Seen[] }
    const own = namespaces.items.filter(({ metadata }) => !/^(kube-|default$|local-path-storage$)/.test(metadata.name))
    expect(own.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining([ns, operatorNamespace]))
    for (const { metadata } of own) {
      expect(metadata.labels, metadata.name).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
    }
  })

  it('a device added to a rack is READY with no pod restarted', async () => {
    const podsBefore = await list(ns, 'pods', 'mdk.io/site=hello')
    await applyYaml(ns, rackOf('hello', 'rack-1', ['miner-1', 'miner-2', 'miner-3']))
    const rack = await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, { type: 'Ready', status: 'True' })
    expect(rack.status?.devices).toMatchObject({ declared: 3, registered: 3 })
    const podsAfter = await list(ns, 'pods', 'mdk.io/site=hello')
    expect(podsAfter.map((pod) => pod.metadata.uid).sort()).toEqual(podsBefore.map((pod) => pod.metadata.uid).sort())
    for (const pod of podsAfter) expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0)
  })

  it('a device taken out of a rack leaves the registry', async () => {
    await applyYaml(ns, rackOf('hello', 'rack-1', ['miner-1']))
    await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, { type: 'Ready', status: 'True' })
    await until(
      'one device registered',
      async () => ((await get(ns, 'mdksite', 'hello'))?.status?.devices?.['registered'] === 1 ? true : undefined),
      { timeoutMs: 60_000 },
    )
  })

  it('kubectl get mdk reads as a table of sites, workers and racks', async () => {
    const rows = [
      /mdksite\.mdk\.io\/hello\s+True\s+Serving\s+1\s+1\s+1\s+1/,
      /mdkworker\.mdk\.io\/simulated\s+hello\s+True\s+AllRegistered\s+1\s+1\s+1\s+1/,
      /mdkrack\.mdk\.io\/rack-1\s+hello\s+True\s+AllRegistered\s+1\s+1\s+1\s+1/,
    ]
    // Each of the three statuses is written by itself.
    const shows = async () => {
      const table = await run(['-n', ns, 'get', 'mdk'])
      return rows.every((row) => row.test(table)) ? true : undefined
    }
    const describe = () => run(['-n', ns, 'get', 'mdk'])
    await until('the counts in all three tables', shows, { timeoutMs: 10_000, describe })
  })
})
