// Who owns what: helm against a real API server without nodes, so nothing is waited for.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ApiServer, startApiServer } from '../api-server/api-server.ts'
import { runCommand } from '../e2e/cluster/command.ts'
import { findKubectl } from '../e2e/cluster/programs.ts'
import { buildWithinMs, chart, helm, prepareHelm } from './chart.ts'

let server: ApiServer

beforeAll(async () => {
  await prepareHelm()
  server = await startApiServer()
}, buildWithinMs)
afterAll(() => server.stop())

describe('releases', () => {
  // The CRDs stay between the cases, as they would for a user.
  beforeEach(async () => {
    for (const namespace of ['first', 'second']) {
      await succeeds('uninstall', 'mdk', '-n', namespace, '--ignore-not-found')
    }
    await succeeds('install', 'mdk', chart, '-n', 'first', '--create-namespace')
  })

  test('a second one for the whole cluster is refused, since the two would fight over sites', async () => {
    const { exitCode, stderr } = await install('second', 'crds.enabled=false')
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/ClusterRole "mdk-operator".* exists and cannot be imported/)
  })

  test('a second one in the same namespace is refused, since the two would share one lease', async () => {
    const set = 'crds.enabled=false,scope.mode=own'
    const { exitCode, stderr } = await onServer('install', 'another', chart, '-n', 'first', '--set', set)
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/"mdk-operator" in namespace "first" exists and cannot be imported/)
  })

  test('two whose namespaces are different live side by side; two that share one do not', async () => {
    await succeeds(
      'upgrade',
      'mdk',
      chart,
      '-n',
      'first',
      '--set',
      'scope.mode=namespaces,scope.namespaces={first,default}',
    )
    expect(await install('second', 'crds.enabled=false,scope.mode=own')).toMatchObject({ exitCode: 0 })
    await succeeds('uninstall', 'mdk', '-n', 'second')
    const shared = await install('second', 'crds.enabled=false,scope.mode=namespaces,scope.namespaces={default}')
    expect(shared.stderr).toMatch(/Role "mdk-operator-sites" in namespace "default" exists and cannot be imported/)
  })

  test('a narrower scope takes the rights over the cluster away', async () => {
    await succeeds('upgrade', 'mdk', chart, '-n', 'first', '--set', 'scope.mode=own')
    expect(await kubectl('get', 'clusterroles', '-l', 'app.kubernetes.io/instance=mdk', '-o', 'name')).toBe('')
  })

  test('kept CRDs are taken up by the next release of that name', async () => {
    await succeeds('uninstall', 'mdk', '-n', 'first')
    expect(await crds()).toHaveLength(3)
    await succeeds('install', 'mdk', chart, '-n', 'first')
    const strange = await onServer('install', 'other', chart, '-n', 'second', '--create-namespace')
    expect(strange.stderr).toContain('key "meta.helm.sh/release-name" must equal "other": current value is "mdk"')
  })

  test('an upgrade without any change writes nothing', async () => {
    const versions = () =>
      kubectl(
        'get',
        'all,roles,clusterroles,crds',
        '-A',
        '-l',
        'app.kubernetes.io/name=mdk',
        '-o=jsonpath={.items[*].metadata.resourceVersion}',
      )
    await succeeds('upgrade', 'mdk', chart, '-n', 'first')
    const before = await versions()
    await succeeds('upgrade', 'mdk', chart, '-n', 'first')
    expect(await versions()).toBe(before)
  })

  test('CRDs that are not kept go with the release', async () => {
    await succeeds('upgrade', 'mdk', chart, '-n', 'first', '--set', 'crds.keep=false')
    await succeeds('uninstall', 'mdk', '-n', 'first', '--wait')
    expect(await crds()).toEqual([])
  })
})

function install(namespace: string, set: string) {
  return onServer('install', 'mdk', chart, '-n', namespace, '--create-namespace', '--set', set)
}

async function succeeds(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await onServer(...args)
  expect(exitCode, stderr).toBe(0)
}

function onServer(...args: readonly string[]) {
  return helm(...args, '--kubeconfig', server.kubeconfig)
}

async function crds(): Promise<readonly string[]> {
  const names = await kubectl('get', 'crd', '-l', 'app.kubernetes.io/name=mdk', '-o', 'name')
  return names.split('\n').filter((name) => name !== '')
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const program = (await findKubectl()) ?? 'kubectl'
  return (await runCommand(program, ['--kubeconfig', server.kubeconfig, ...args], { timeoutMs: 60_000 })).stdout
}
