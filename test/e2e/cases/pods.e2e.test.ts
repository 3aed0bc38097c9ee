import { afterAll, beforeAll, describe, it } from 'vitest'
import { applyYaml, makeNamespace, run, untilCondition } from '../support/kube.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-pods'
const site = { kind: 'mdksite', name: 'stuck' }

const quota = `
apiVersion: v1
kind: ResourceQuota
metadata: {name: no-pods}
spec: {hard: {pods: 0}}
`

describe('pods that cannot start are explained by the conditions of their site', () => {
  beforeAll(async () => {
    await makeNamespace(ns)
    await applyYaml(ns, quota)
    const storage = 'spec: {ork: {storage: {storageClassName: nowhere}}}'
    await applyYaml(
      ns,
      yaml(`${helloSite('stuck')}${storage}`, rackOf('stuck', 'rack-1', ['miner-1']), workerOf('stuck')),
    )
  })
  afterAll(() => run(['delete', 'namespace', ns, '--wait=false']))

  const untilSaid = (message: RegExp) => untilCondition(ns, site, { type: 'OrkAvailable', status: 'False', message })

  it('a quota that refuses them', async () => {
    await untilSaid(/^ORK has no ready pod; its pod can't be made: .*exceeded quota: no-pods/)
  })

  it('a storage class that is not there', async () => {
    await run(['-n', ns, 'delete', 'resourcequota', 'no-pods'])
    // A controller whose pods were refused tries again less and less often.
    await run(['-n', ns, 'delete', 'deployments', '--all'])
    await untilSaid(/^ORK has no ready pod; pod stuck-ork-\S+: no node takes it: .*(nowhere|unbound immediate)/)
  })
})
