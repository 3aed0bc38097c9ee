import { beforeAll, describe, expect, it } from 'vitest'
import { operatorNamespace } from '../../../scripts/site/operator-install.ts'
import { applyYaml, list, makeNamespace, run, untilReady } from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-deletion'
const everything =
  'deployments,statefulsets,pods,services,secrets,configmaps,persistentvolumeclaims,poddisruptionbudgets,networkpolicies'
const all = () => yaml(helloSite('gone'), rackOf('gone', 'rack-1', ['m-1']), workerOf('gone'))

describe('deletion', () => {
  beforeAll(async () => {
    await makeNamespace(ns)
    await applyYaml(ns, all())
    await untilReady(ns, 'gone')
  })

  it('a deleted site leaves its identity behind and nothing else', async () => {
    await run(['-n', ns, 'delete', 'mdksite,mdkrack,mdkworker', '--all', '--wait=true', '--timeout=60s'])
    await until(
      'only the identity is left',
      async () => {
        const left = (await list(ns, everything, 'mdk.io/site=gone')).map(
          ({ kind, metadata }) => `${kind}/${metadata.name}`,
        )
        return left.sort().join() === 'Secret/gone-app-node-key,Secret/gone-ork-key,Secret/gone-topic'
          ? true
          : undefined
      },
      { timeoutMs: 90_000, describe: async () => run(['-n', ns, 'get', everything]) },
    )
  })

  it('a site made again under that name is the same site', async () => {
    const before = (await list(ns, 'secrets', 'mdk.io/site=gone')).map(({ data }) => data)
    await applyYaml(ns, all())
    await untilReady(ns, 'gone')
    const after = (await list(ns, 'secrets', 'mdk.io/site=gone')).map(({ data }) => data)
    for (const data of before) expect(after).toContainEqual(data)
  })

  it('a namespace with a site goes while no operator runs', async () => {
    await run(['-n', operatorNamespace, 'scale', 'deployment/mdk-operator', '--replicas=0'])
    try {
      await run(['delete', 'namespace', ns, '--wait=true', '--timeout=120s'])
    } finally {
      await run(['-n', operatorNamespace, 'scale', 'deployment/mdk-operator', '--replicas=1'])
      await run(['-n', operatorNamespace, 'rollout', 'status', 'deployment/mdk-operator', '--timeout=120s'])
    }
  })

  it('a namespace with a site goes while the operator runs', async () => {
    await makeNamespace(`${ns}-2`)
    await applyYaml(`${ns}-2`, all())
    await untilReady(`${ns}-2`, 'gone')
    await run(['delete', 'namespace', `${ns}-2`, '--wait=true', '--timeout=120s'])
  })
})
