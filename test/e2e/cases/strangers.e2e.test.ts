import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyPairOfSeed } from '../../../runtime/src/contract/index.ts'
import { applyYaml, get, list, makeNamespace, run, secretValue, untilAllHealthy, untilReady } from '../support/kube.ts'
import { readOrkStatus } from '../support/ork-status.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'
import { startStranger, untilRound } from '../support/stranger.ts'
import type { Settings } from './stranger/stranger.ts'

const ns = 'e2e-strangers'
const elsewhere = 'e2e-strangers-far'
const near = { namespace: ns, pod: 'stranger' }
const far = { namespace: elsewhere, pod: 'stranger' }
const nearKey = keyPairOfSeed('57'.repeat(32))
const farKey = keyPairOfSeed('58'.repeat(32))
const wrongToken = 'a-token-that-nobody-gave-out'

const admitting = (publicKey: string) => `
apiVersion: mdk.io/v1alpha1
kind: MdkSite
metadata: {name: guarded}
spec: {ork: {allowedCallers: [{name: friend, publicKey: ${publicKey}}]}}
`

describe('a pod that knows the topic, every key and every address of a site', () => {
  let asked: readonly { readonly request: Settings['http'][number]; readonly status: number }[]

  beforeAll(async () => {
    await Promise.all([makeNamespace(ns), makeNamespace(elsewhere)])
    await applyYaml(ns, yaml(helloSite('guarded'), rackOf('guarded', 'rack-1', ['m-1']), workerOf('guarded')))
    await untilReady(ns, 'guarded')
    const settings = await settingsFor()
    asked = await requests()
    const http = asked.map(({ request }) => request)
    await startStranger(near, { ...settings, seed: nearKey.seed, http })
    await startStranger(far, { ...settings, seed: farKey.seed, http })
    await run(['-n', elsewhere, 'label', 'pod', far.pod, 'mdk.io/site=guarded'])
  })
  afterAll(() => run(['delete', 'namespace', ns, elsewhere, '--wait=false']))

  it.each([
    ['in the namespace of the site', near],
    ['in another namespace, with the label of the site,', far],
  ])('%s it reaches no UDP port, and is told nothing without a token', async (_, place) => {
    const statuses = asked.map(({ status }) => status)
    const round = await untilRound(place, 'has its answers', ({ http }) => http.join() === statuses.join())
    expect(round).toMatchObject({ announced: false, calls: 0, ork: 'unreachable', worker: 'unreachable' })
  })

  it('with the label of the site it announces, and is shown as a stranger, not called, not registered', async () => {
    await run(['-n', ns, 'label', 'pod', near.pod, 'mdk.io/site=guarded'])
    await untilRound(near, 'is announced', ({ announced }) => announced)
    const status = await until(
      'ORK shows the stranger',
      async () => {
        const seen = await readOrkStatus(ns, 'guarded')
        return seen.strangers.includes(nearKey.publicKey) ? seen : undefined
      },
      { timeoutMs: 60_000 },
    )
    expect(status.strangers).toEqual([nearKey.publicKey])
    expect(status.workers).toMatchObject([{ workerId: 'simulated-rack-1', state: 'READY', devices: ['rack-1.m-1'] }])
    expect(status.workers[0]?.publicKey).not.toBe(nearKey.publicKey)
    const round = await untilRound(near, 'has gone on', ({ announced }) => announced)
    expect(round).toMatchObject({ calls: 0, ork: 'unreachable', worker: 'unreachable' })
  })

  it('ORK answers it while the site allows its key, and hangs up when it no longer does', async () => {
    await applyYaml(ns, admitting(nearKey.publicKey))
    const { ork } = await untilRound(near, 'is answered by ORK', (round) => round.ork.includes('workers'))
    expect(ork).toContain('simulated-rack-1')
    await applyYaml(ns, helloSite('guarded'))
    const { worker } = await untilRound(near, 'is refused again', (round) => round.ork === 'unreachable')
    expect(worker).toBe('unreachable')
    const site = await untilAllHealthy(ns, 'guarded')
    expect(site.status?.devices).toEqual({ declared: 1, assigned: 1, registered: 1, healthy: 1 })
  })

  /** What can be read in the site's namespace. */
  async function settingsFor(): Promise<
    Pick<Settings, 'topic' | 'bootstrap' | 'port' | 'workerId' | 'worker' | 'ork'>
  > {
    const port = 49_737
    const topic = await secretValue(ns, 'guarded-topic', 'topic')
    const discovery = (await get(ns, 'configmap', 'guarded-discovery'))?.data?.['discovery.json'] ?? ''
    const { bootstrap, orkPublicKey } = JSON.parse(discovery) as { bootstrap: string[]; orkPublicKey: string }
    const worker = await get(ns, 'mdkworker', 'simulated')
    const { workerId, publicKey } = worker!.status!.shardStatus![0]!
    const at = async (component: string) => ({ host: await addressOf(component), port })
    return {
      topic,
      bootstrap,
      port,
      workerId,
      worker: { publicKey, address: await at('worker') },
      ork: { publicKey: orkPublicKey, address: await at('ork') },
    }
  }

  async function requests(): Promise<typeof asked> {
    const read = await secretValue(ns, 'guarded-app-node-tokens', 'read')
    const appNode = `http://guarded-app-node.${ns}.svc:3000/site-monitor`
    const processes = await Promise.all(['ork', 'worker', 'dht', 'app-node'].map(addressOf))
    const closed = (url: string) => [
      { request: { url }, status: 401 },
      { request: { url, token: wrongToken }, status: 401 },
    ]
    return [
      { request: { url: `http://guarded-ork.${ns}.svc:8080/metrics` }, status: 200 },
      ...processes.flatMap((address) => closed(`http://${address}:8080/v1/status`)),
      ...processes.map((address) => ({
        request: { url: `http://${address}:8080/v1/status`, token: read },
        status: 401,
      })),
      ...closed(`${appNode}/workers`),
      ...closed(`${appNode}/devices/rack-1.m-1/telemetry`),
      { request: { url: `${appNode}/devices/rack-1.m-1/commands`, command: true }, status: 401 },
      { request: { url: `${appNode}/devices/rack-1.m-1/commands`, command: true, token: read }, status: 403 },
      { request: { url: `${appNode}/workers`, token: read }, status: 200 },
    ]
  }

  async function addressOf(component: string): Promise<string> {
    const pods = await list(ns, 'pods', `mdk.io/site=guarded,app.kubernetes.io/component=${component}`)
    return pods[0]?.status?.podIP ?? ''
  }
})
