import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dhtPort, keyPairOfSeed } from '../../../runtime/src/contract/index.ts'
import { operatorNamespace } from '../../../scripts/site/operator-install.ts'
import { blockUdp } from '../support/blocked-udp.ts'
import { examine, type LoggedDiagnosis, loggedDiagnosis, ownDiagnosis } from '../support/doctor.ts'
import { applyYaml, get, list, makeNamespace, run, untilCondition, untilReady } from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-doctor'
const site = 'ill'
/** What a fault is promised to be named in. */
const namedWithinMs = 20_000

const ork = `deploy/${site}-ork`
const appNode = `deploy/${site}-app-node`
/** Workers of racks `a` and `b`. */
const [workerA, workerB] = ['deploy/simulated-a', 'deploy/simulated-b']
const wrongKey = keyPairOfSeed('66'.repeat(32)).publicKey

const manifests = yaml(helloSite(site), rackOf(site, 'a', ['m-1']), rackOf(site, 'b', ['m-1']), workerOf(site))

describe('a site in which discovery fails', () => {
  beforeAll(async () => {
    await makeNamespace(ns)
    await applyYaml(ns, manifests)
    await untilReady(ns, site)
  })
  afterAll(async () => {
    await scaleOperator(1)
    await run(['delete', 'namespace', ns, '--wait=false'])
  })

  it.each([ork, workerA, appNode, `pod/${site}-dht-0`])(
    'nothing fails yet: the doctor in %s ends with 0',
    async (workload) => {
      const report = await until(
        `no problem in ${workload}`,
        async () => {
          const found = await examine(ns, workload)
          return found.diagnosis === null ? found : undefined
        },
        { timeoutMs: 60_000 },
      )
      expect(report.exitCode).toBe(0)
      expect(report.checks.filter(({ result }) => result === 'ok').length).toBeGreaterThan(0)
    },
  )

  describe('behind the back of the operator', () => {
    beforeAll(async () => {
      await scaleOperator(0)
      await run(['-n', ns, 'create', 'secret', 'generic', 'other-topic', `--from-literal=topic=${'77'.repeat(32)}`])
      await run([
        '-n',
        ns,
        'create',
        'configmap',
        'other-discovery',
        `--from-literal=discovery.json=${await wrongDiscovery()}`,
      ])
      await run(['-n', ns, 'delete', 'service', `${site}-dht`])
      await until(
        'no name of the DHT nodes',
        async () => (await codeIn(appNode)) === 'BootstrapUnresolved' || undefined,
        {
          timeoutMs: 60_000,
        },
      )
      await mount(workerA, { name: 'topic', secret: { secretName: 'other-topic' } })
      await mount(workerB, { name: 'discovery', configMap: { name: 'other-discovery' } })
      await replacePod('ork')
    })

    it.each([
      ['without the Service of the DHT nodes ORK', ork, 'BootstrapUnresolved'],
      ['on another topic the worker', workerA, 'TopicDiffers'],
      ['with a wrong ORK key on file the worker', workerB, 'OrkKeyDiffers'],
    ])('%s names the cause within 20 s, in log, status and doctor', async (_, workload, code) => {
      const logged = await untilLogged(workload)
      expect(logged.code).toBe(code)
      expect(logged.afterMs).toBeLessThan(namedWithinMs)
      expect(await ownDiagnosis(ns, site, workload)).toMatchObject({ code, about: 'discovery' })
      expect(await examine(ns, workload)).toMatchObject({ exitCode: 1, diagnosis: { code } })
    })

    it('mended by the operator, nothing is diagnosed any more and the site is Ready', async () => {
      await scaleOperator(1)
      await until('no diagnosis', async () => ((await ownDiagnosis(ns, site, ork)) === null ? true : undefined), {
        timeoutMs: 120_000,
      })
      await untilReady(ns, site)
    })
  })

  it('with UDP to the DHT nodes blocked, the site and kubectl get name the cause; let through, it is Ready again', async () => {
    const unblock = await blockUdp(ns, `app.kubernetes.io/component=dht,mdk.io/site=${site}`, dhtPort)
    try {
      await replacePod('ork')
      const logged = await untilLogged(ork)
      expect(logged.code).toBe('BootstrapSilent')
      expect(logged.afterMs).toBeLessThan(namedWithinMs)
      expect(await examine(ns, ork)).toMatchObject({ exitCode: 1, diagnosis: { code: 'BootstrapSilent' } })
      const impaired = { type: 'DiscoveryReady', status: 'False', reason: 'Impaired' }
      const seen = await untilCondition(ns, { kind: 'mdksite', name: site }, impaired, 30_000)
      const messages = seen.status?.conditions?.filter(({ type }) => type === 'DiscoveryReady' || type === 'Ready')
      for (const { message } of messages ?? []) {
        expect(message).toMatch(/^0 of 3 DHT nodes answer over UDP.*; let UDP 49737 pass/)
      }
      expect(await run(['-n', ns, 'get', 'mdksite', site])).toContain('Impaired')
    } finally {
      await unblock()
    }
    await untilReady(ns, site)
    expect(await ownDiagnosis(ns, site, ork)).toBeNull()
  })
})

async function scaleOperator(replicas: number): Promise<void> {
  const deployment = 'deployment/mdk-operator'
  await run(['-n', operatorNamespace, 'scale', deployment, `--replicas=${replicas}`])
  await run(['-n', operatorNamespace, 'rollout', 'status', deployment, '--timeout=180s'])
  if (replicas > 0) return
  const selector = 'app.kubernetes.io/component=operator'
  await until(
    'the operator is gone',
    async () => ((await list(operatorNamespace, 'pods', selector)).length === 0 ? true : undefined),
    {
      timeoutMs: 60_000,
    },
  )
}

async function codeIn(workload: string): Promise<string | undefined> {
  return (await examine(ns, workload)).diagnosis?.code
}

/** The site's discovery.json with another ORK key. */
async function wrongDiscovery(): Promise<string> {
  const found = await get(ns, 'configmap', `${site}-discovery`)
  const discovery = JSON.parse(found?.data?.['discovery.json'] ?? '{}') as object
  return JSON.stringify({ ...discovery, orkPublicKey: wrongKey })
}

/** Mounts something else in a Deployment's pod, and waits for the new pod. */
async function mount(deployment: string, volume: object): Promise<void> {
  const patch = { spec: { template: { spec: { volumes: [volume] } } } }
  await run(['-n', ns, 'patch', deployment, '--type=strategic', '-p', JSON.stringify(patch)])
  await run(['-n', ns, 'rollout', 'status', deployment, '--timeout=120s'])
}

async function replacePod(component: string): Promise<void> {
  const selector = `app.kubernetes.io/component=${component},mdk.io/site=${site}`
  await run(['-n', ns, 'delete', 'pod', '-l', selector, '--force', '--grace-period=0'])
  await run(['-n', ns, 'rollout', 'status', `deploy/${site}-${component}`, '--timeout=120s'])
}

function untilLogged(workload: string): Promise<LoggedDiagnosis> {
  return until(`a diagnosis in the log of ${workload}`, () => loggedDiagnosis(ns, workload), { timeoutMs: 60_000 })
}
