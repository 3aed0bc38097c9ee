import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operatorNamespace } from '../../../scripts/site/operator-install.ts'
import { appNodeCaller } from '../support/app-node.ts'
import { applyYaml, list, makeNamespace, run, type Seen, untilReady } from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-restart'
const sitePods = 'mdk.io/site=hardy'

describe('pods deleted with no grace', () => {
  beforeAll(async () => {
    await makeNamespace(ns)
    await applyYaml(ns, yaml(helloSite('hardy'), rackOf('hardy', 'rack-1', ['m-1', 'm-2']), workerOf('hardy')))
    await untilReady(ns, 'hardy')
  })
  afterAll(() => run(['delete', 'namespace', ns, '--wait=false']))

  it.each([
    ['dht', ns, 'app.kubernetes.io/component=dht'],
    ['ork', ns, 'app.kubernetes.io/component=ork'],
    ['worker', ns, 'app.kubernetes.io/component=worker'],
    ['app-node', ns, 'app.kubernetes.io/component=app-node'],
    ['operator', operatorNamespace, 'app.kubernetes.io/component=operator'],
  ])('%s: the site is Ready again, Secrets unchanged, nothing else restarted', async (_, namespace, selector) => {
    const secretsBefore = await secretVersions()
    const bystandersBefore = (await list(ns, 'pods', sitePods)).filter((pod) => !matches(pod, namespace, selector))
    const victims = await list(namespace, 'pods', selector)
    await run(['-n', namespace, 'delete', 'pod', '-l', selector, '--force', '--grace-period=0'])
    await untilReplaced(namespace, selector, victims)
    await untilAllServe()
    expect(await secretVersions()).toEqual(secretsBefore)
    const after = new Map((await list(ns, 'pods', sitePods)).map((pod) => [pod.metadata.uid, pod]))
    for (const { metadata } of bystandersBefore) {
      expect(after.get(metadata.uid)?.status?.containerStatuses, metadata.name).toMatchObject([{ restartCount: 0 }])
    }
  })

  /** Ready as the operator tells it, and as a caller of App Node finds it: a device can be read through all processes. */
  async function untilAllServe(): Promise<void> {
    await until(
      'all pods ready and all devices registered',
      async () => {
        const pods = await list(ns, 'pods', sitePods)
        const serving = pods.every((pod) => pod.status?.containerStatuses?.every(({ ready }) => ready))
        if (pods.length !== 6 || !serving) return undefined
        const site = await untilReady(ns, 'hardy', 60_000)
        return site.status?.devices?.['registered'] === 2 ? true : undefined
      },
      { timeoutMs: 120_000 },
    )
    const { call, close } = await appNodeCaller(ns, 'hardy', 'read')
    try {
      await until(
        'telemetry through App Node, ORK and worker',
        async () =>
          (await call('GET', '/site-monitor/devices/rack-1.m-1/telemetry')).status === 200 ? true : undefined,
        { timeoutMs: 30_000 },
      )
    } finally {
      close()
    }
  }
})

function matches(pod: Seen, namespace: string, selector: string): boolean {
  const [key = '', value] = selector.split('=')
  return namespace === ns && pod.metadata.labels?.[key] === value
}

async function untilReplaced(namespace: string, selector: string, victims: readonly Seen[]): Promise<void> {
  const gone = new Set(victims.map((pod) => pod.metadata.uid))
  await until(
    `${victims.length} new pods of ${selector}`,
    async () => {
      const fresh = (await list(namespace, 'pods', selector)).filter((pod) => !gone.has(pod.metadata.uid))
      const ready = fresh.filter((pod) => pod.status?.containerStatuses?.every((container) => container.ready))
      return ready.length === victims.length ? true : undefined
    },
    { timeoutMs: 120_000 },
  )
}

async function secretVersions(): Promise<Record<string, string>> {
  const secrets = await list(ns, 'secrets', sitePods)
  return Object.fromEntries(
    secrets.map(({ metadata }) => [metadata.name, `${metadata.uid} ${metadata.resourceVersion}`]),
  )
}
