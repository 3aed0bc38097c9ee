import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadCluster } from './load-cluster.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdk-kubeconfig-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

async function kubeconfig(user: object, cluster: object = {}, name = 'kind'): Promise<string> {
  const path = join(folder, `${name}.yaml`)
  const config = {
    clusters: [{ name, cluster: { server: 'https://10.0.0.1:6443/', ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `in-${name}` } }],
    'current-context': name,
  }
  await writeFile(path, JSON.stringify(config))
  return path
}
const load = (paths: string[], context: string | null = null) => loadCluster({ kubeconfigPaths: paths, context })

describe('a cluster of a kubeconfig', () => {
  test('is that of the current context, or of the one that was asked for', async () => {
    const paths = [await kubeconfig({}), await kubeconfig({}, { server: 'https://10.0.0.2' }, 'other')]
    expect(load(paths)).toMatchObject({ server: 'https://10.0.0.1:6443', namespace: 'in-kind' })
    expect(load(paths, 'other')).toMatchObject({ server: 'https://10.0.0.2', namespace: 'in-other' })
    expect(() => load(paths, 'mine')).toThrow('context mine is not in the kubeconfig (it has kind, other)')
  })

  test('lets a client certificate in, and its fingerprint changes with the file', async () => {
    const certFile = join(folder, 'cert.pem')
    await writeFile(certFile, 'one')
    const encoded = Buffer.from('authority').toString('base64')
    const user = { 'client-certificate': 'cert.pem', 'client-key-data': Buffer.from('key').toString('base64') }
    const cluster = load([await kubeconfig(user, { 'certificate-authority-data': encoded })])
    const before = await cluster.authorize()
    expect(before).toMatchObject({ headers: {}, tls: { ca: 'authority', cert: 'one', key: 'key' } })
    expect((await cluster.authorize()).tlsFingerprint).toBe(before.tlsFingerprint)
    await writeFile(certFile, 'two')
    const after = await cluster.authorize()
    expect([after.tls.cert, after.tlsFingerprint === before.tlsFingerprint]).toEqual(['two', false])
  })

  test('reads a token file again after a minute', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'old')
    vi.useFakeTimers({ toFake: ['Date'] })
    const cluster = load([await kubeconfig({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } })])
    expect((await cluster.authorize()).headers).toEqual({ authorization: 'Bearer old' })
    await writeFile(tokenFile, 'new')
    vi.setSystemTime(Date.now() + 61_000)
    expect((await cluster.authorize()).headers).toEqual({ authorization: 'Bearer new' })
  })

  test('asks an exec plugin', async () => {
    const command = join(folder, 'plugin')
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'made' },
    }
    await writeFile(command, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`)
    await chmod(command, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' }
    const cluster = load([await kubeconfig({ exec })])
    expect((await cluster.authorize()).headers).toEqual({ authorization: 'Bearer made' })
  })

  test('knows a user with a password, a proxy and the name in the certificate', async () => {
    const user = { username: 'me', password: 'pw' }
    const settings = { 'tls-server-name': 'api', 'insecure-skip-tls-verify': true, 'proxy-url': 'http://proxy:3128' }
    const cluster = load([await kubeconfig(user, settings)])
    expect(cluster.proxyUrl).toBe('http://proxy:3128')
    expect(await cluster.authorize()).toMatchObject({
      headers: { authorization: 'Basic bWU6cHc=' },
      tls: { servername: 'api', rejectUnauthorized: false },
    })
  })

  test('without a current context is an error that says what to do', async () => {
    const path = join(folder, 'empty.yaml')
    await writeFile(path, '{}')
    expect(() => load([path])).toThrow('the kubeconfig has no current context')
  })
})
