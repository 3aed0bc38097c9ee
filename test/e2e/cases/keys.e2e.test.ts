import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyPairOfSeed } from '../../../runtime/src/contract/index.ts'
import { applyYaml, makeNamespace, run, untilCondition, untilReady } from '../support/kube.ts'
import { rackOf, workerOf, yaml } from '../support/sites.ts'

const ns = 'e2e-keys'
const pair = keyPairOfSeed('5a'.repeat(32))

const siteWithKey = (site: string, secret: string) => `
apiVersion: mdk.io/v1alpha1
kind: MdkSite
metadata: {name: ${site}}
spec: {ork: {keySecretRef: {name: ${secret}}}}
`

const keySecret = (name: string, fields: Record<string, string>) => `
apiVersion: v1
kind: Secret
metadata: {name: ${name}}
stringData: ${JSON.stringify(fields)}
`

describe('key Secrets of the user', () => {
  beforeAll(() => makeNamespace(ns))
  afterAll(() => run(['delete', 'namespace', ns, '--wait=false']))

  it('a supplied key pair is the one that ORK runs', async () => {
    const { publicKey, secretKey } = pair
    await applyYaml(ns, keySecret('my-ork', { publicKey, secretKey }))
    await applyYaml(ns, yaml(siteWithKey('pinned', 'my-ork'), rackOf('pinned', 'rack-1', ['m-1']), workerOf('pinned')))
    const site = await untilReady(ns, 'pinned')
    expect(site.status?.ork?.publicKey).toBe(publicKey)
    const log = await run(['-n', ns, 'logs', 'deployment/pinned-ork'])
    expect(JSON.parse(log.split('\n')[0] ?? '')).toMatchObject({ publicKey })
  })

  it('a public key alone is Stalled, and says what is missing and where', async () => {
    await applyYaml(ns, keySecret('half', { publicKey: pair.publicKey }))
    await applyYaml(ns, siteWithKey('half-keyed', 'half'))
    const stalled = { type: 'Stalled', status: 'True', reason: 'KeyIncomplete' }
    const site = await untilCondition(ns, { kind: 'mdksite', name: 'half-keyed' }, stalled)
    const message = site.status?.conditions?.find(({ type }) => type === 'Stalled')?.message ?? ''
    expect(message).toContain('half')
    expect(message).toContain('publicKey alone')
    expect(site.status?.ork?.publicKey ?? '').not.toBe(pair.publicKey)
  })

  it('the Secret completed is taken up without another touch', async () => {
    const other = keyPairOfSeed('5b'.repeat(32))
    await applyYaml(ns, keySecret('half', { publicKey: other.publicKey, secretKey: other.secretKey }))
    const site = await untilReady(ns, 'half-keyed')
    expect(site.status?.ork?.publicKey).toBe(other.publicKey)
  })
})
