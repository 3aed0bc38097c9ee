import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { operatorNamespace } from '../../../scripts/site/operator-install.ts'
import { findLeaks, type Readable, type Secret } from '../../secrets/find-leaks.ts'
import { appNodeCaller, forward } from '../support/app-node.ts'
import { applyYaml, get, makeNamespace, run, untilCondition, untilReady } from '../support/kube.ts'
import { adminToken } from '../support/ork-status.ts'
import { until } from '../support/poll.ts'
import { restrictedPod } from '../support/probe.ts'
import { readLogs, readObjects, readStatusPorts, secretsOf } from '../support/readable.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-secrets'
const site = 'vault'
const poolPassword = 'the-password-at-the-pool-7Qx'
const miner = 'wm.wm-1'

const whatsminers = `
apiVersion: mdk.io/v1alpha1
kind: MdkRack
metadata: {name: wm}
spec: {siteRef: {name: ${site}}, driver: miner-whatsminer, model: M56S, devices: [{name: wm-1, address: simulator, port: 14001}]}
---
apiVersion: mdk.io/v1alpha1
kind: MdkWorker
metadata: {name: whatsminer}
spec: {siteRef: {name: ${site}}, driver: miner-whatsminer, model: M56S}
`

/** Values that are no good, one for each Secret of the site: `key`, what is put there, and what the site then says. */
const spoilt = [
  { secret: `${site}-ork-key`, key: 'seed', value: 'c0ffee'.repeat(9), reason: 'KeyMalformed' },
  { secret: `${site}-app-node-key`, key: 'seed', value: 'C0FFEE11'.repeat(8), reason: 'KeyMalformed' },
  { secret: `${site}-topic`, key: 'topic', value: 'not-a-topic-but-typed-in-by-hand', reason: 'TopicMalformed' },
  { secret: `${site}-app-node-tokens`, key: 'command', value: 'a token with blanks in it', reason: 'TokensMalformed' },
  { secret: `${site}-admin`, key: 'token', value: 'töken-with-an-umlaut-in-it', reason: 'TokensMalformed' },
]

describe('the secrets of a site in which everything goes wrong', () => {
  const secrets: Secret[] = [
    { name: 'the password at the pool', value: poolPassword },
    ...spoilt.map(({ secret, value }) => ({ name: `what was put into ${secret}`, value })),
  ]

  beforeAll(async () => {
    await makeNamespace(ns)
    await applyYaml(ns, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: simulator() }))
    const racks = [rackOf(site, 'rack-1', ['m-1']), workerOf(site), whatsminers]
    await applyYaml(ns, yaml(helloSite(site), ...racks))
    await logEverything(operatorNamespace, 'deployment/mdk-operator')
    await untilReady(ns, site)
    await logEverything(ns, `deployment/${site}-ork`, `deployment/${site}-app-node`, 'deployment/whatsminer-wm')
    await untilReady(ns, site)
    secrets.push(...(await secretsOf(ns)), ...(await secretsOf(operatorNamespace)))
  })
  afterAll(async () => {
    await run(['-n', operatorNamespace, 'set', 'env', 'deployment/mdk-operator', 'LOG_LEVEL-'])
    await run(['delete', 'namespace', ns, '--wait=false'])
  })

  it.each(spoilt)('a bad value in $secret stalls the site with $reason, and a good one mends it', async (bad) => {
    const { secret, key, value, reason } = bad
    const good = (await get(ns, 'secret', secret))?.data?.[key] ?? ''
    await setSecret(secret, key, Buffer.from(value).toString('base64'))
    const declared = { kind: 'mdksite', name: site }
    await untilCondition(ns, declared, { type: 'Stalled', status: 'True', reason })
    await setSecret(secret, key, good)
    await untilReady(ns, site)
  })

  it('callers with a wrong token and commands that are refused, fail or succeed are answered', async () => {
    const { call, close } = await appNodeCaller(ns, site, 'command')
    const { url, close: hangUp } = await forward(ns, `service/${site}-app-node`, 3000)
    try {
      const wrong = await fetch(`${url}/site-monitor/workers`, { headers: { authorization: `Bearer ${poolPassword}` } })
      expect(wrong.status).toBe(401)
      const send = (params: unknown) =>
        call('POST', `/site-monitor/devices/${miner}/commands`, { command: 'setupPools', params })
      const pool = { url: 'stratum+tcp://pool.example.com:3333', worker_name: 'me', worker_password: poolPassword }
      const bodies: unknown[] = []
      for (const params of [{ pools: poolPassword }, { pools: [pool], worker_password: poolPassword }, poolPassword]) {
        const refused = await send(params)
        expect(refused.status).toBe(400)
        bodies.push(refused.body)
      }
      for (const pools of [[{ ...pool, url: 'http://not-a-pool' }], [pool]]) {
        const accepted = await send({ pools })
        expect(accepted.status).toBe(202)
        bodies.push(
          await until('the command has ended', () => ended(String(accepted.body['commandId'])), { timeoutMs: 30_000 }),
        )
      }
      expect(bodies.slice(-2)).toMatchObject([{ status: 'FAILED' }, { status: 'SUCCESS' }])
      expect(findLeaks(secrets, [{ place: 'an answer of App Node', text: JSON.stringify(bodies) }])).toEqual([])
    } finally {
      close()
      hangUp()
    }

    async function ended(id: string): Promise<unknown> {
      const { body } = await call('GET', `/site-monitor/commands/${id}`)
      return body['status'] === 'SUCCESS' || body['status'] === 'FAILED' ? body : undefined
    }
  })

  it('are in no log, event, status, environment, metric or other object but Secrets', async () => {
    const readables = await everythingReadable()
    expect(new Set(secrets.map(({ name }) => name)).size).toBeGreaterThanOrEqual(18)
    expect(readables.map(({ place }) => place.replace(/ .*/, ''))).toEqual(
      expect.arrayContaining(['the', '/metrics', '/v1/status', 'Event', 'MdkSite', 'Pod', 'ConfigMap', 'Lease']),
    )
    expect(findLeaks(secrets, readables)).toEqual([])
  })

  it('would be found: in an annotation in base64, in the environment and in the log of a pod', async () => {
    const topic = secrets.find(({ name }) => name === `topic of Secret ${site}-topic`)?.value ?? ''
    const seed = secrets.find(({ name }) => name === `seed of Secret ${site}-ork-key`)?.value ?? ''
    const note = Buffer.from(JSON.stringify({ topic })).toString('base64')
    await run(['-n', ns, 'annotate', 'service', `${site}-ork`, `example.com/note=${note}`])
    const image = inject('runtimeImage')
    const command = [
      '/usr/local/bin/node',
      '--eval',
      'console.log(Buffer.from(process.env.SEED, "hex")); setInterval(() => 0, 9e9)',
    ]
    const spec = restrictedPod({ image, command, env: [{ name: 'SEED', value: seed }] })
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'talkative', namespace: ns }, spec }
    await run(['apply', '--server-side', '-f', '-'], JSON.stringify(pod))
    await until(
      'the pod has said it',
      async () => ((await run(['-n', ns, 'logs', 'talkative'])).includes('<Buffer') ? true : undefined),
      { timeoutMs: 60_000 },
    )
    const leaks = findLeaks(secrets, [...(await readObjects(ns)), ...(await readLogs(ns))])
    expect(leaks).toEqual(
      expect.arrayContaining([
        `Service ${ns}/${site}-ork holds topic of Secret ${site}-topic as base64`,
        `Pod ${ns}/talkative holds seed of Secret ${site}-ork-key as it is`,
        `the log of pod ${ns}/talkative holds seed of Secret ${site}-ork-key as a Buffer`,
      ]),
    )
  })

  async function everythingReadable(): Promise<Readable[]> {
    const parts = await Promise.all([
      ...[ns, operatorNamespace].flatMap((namespace) => [readObjects(namespace), readLogs(namespace)]),
      readStatusPorts(ns, `mdk.io/site=${site}`, await adminToken(ns, site)),
      readStatusPorts(operatorNamespace, 'app.kubernetes.io/component=operator'),
    ])
    return parts.flat()
  }
})

async function logEverything(namespace: string, ...workloads: readonly string[]): Promise<void> {
  await run(['-n', namespace, 'set', 'env', ...workloads, 'LOG_LEVEL=debug'])
  for (const workload of workloads) await run(['-n', namespace, 'rollout', 'status', workload, '--timeout=120s'])
}

async function setSecret(name: string, key: string, base64: string): Promise<void> {
  await run(['-n', ns, 'patch', 'secret', name, '--type=merge', '-p', JSON.stringify({ data: { [key]: base64 } })])
}

/** A Whatsminer on its real protocol. */
function simulator(): object[] {
  const labels = { app: 'simulator' }
  const env = Object.entries({
    SERVICE: 'simulator',
    WORKER: 'miner-whatsminer',
    TYPE: 'M56S',
    COUNT: '1',
    PORT: '14001',
  })
  const spec = restrictedPod({ image: inject('runtimeImage'), env: env.map(([name, value]) => ({ name, value })) })
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'simulator' },
      spec: { clusterIP: 'None', selector: labels },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'simulator', labels }, spec },
  ]
}
