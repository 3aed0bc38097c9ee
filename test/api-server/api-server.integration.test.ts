import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCommand } from '../e2e/cluster/command.ts'
import { ensureKubernetesBinary } from '../e2e/cluster/programs.ts'
import { silentProgress } from '../e2e/cluster/progress.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

let server: ApiServer
let kubernetes: string

beforeAll(async () => {
  kubernetes = (await ensureKubernetesBinary(silentProgress)).path
  server = await startApiServer({ controllers: ['garbagecollector', 'namespace'] })
})

afterAll(() => server.stop())

async function kubectl(args: readonly string[], input = '', target = server): Promise<string> {
  const command = ['kubectl', '--kubeconfig', target.kubeconfig, ...args]
  return (await runCommand(kubernetes, command, { input, timeoutMs: 20_000 })).stdout
}

test('the kubeconfig belongs to an administrator', async () => {
  expect(await kubectl(['auth', 'can-i', '*', '*', '--all-namespaces'])).toBe('yes\n')
  expect(await kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.groups}'])).toContain('system:masters')
})

test('a CRD is established, and its objects keep what was applied', async () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'mines.test.mdk.io' },
    spec: {
      group: 'test.mdk.io',
      scope: 'Namespaced',
      names: { kind: 'Mine', plural: 'mines', singular: 'mine' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }
  await kubectl(['apply', '-f', '-'], JSON.stringify(crd))
  await kubectl(['wait', '--for=condition=Established', 'crd/mines.test.mdk.io', '--timeout=15s'])
  const mine = { apiVersion: 'test.mdk.io/v1', kind: 'Mine', metadata: { name: 'a' }, spec: { depth: 3 } }
  await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(mine))
  expect(await kubectl(['get', 'mine', 'a', '-o', 'jsonpath={.spec.depth}'])).toBe('3')
})

test('the garbage collector removes what a removed object owned', async () => {
  await kubectl(['create', 'configmap', 'owner'])
  const uid = await kubectl(['get', 'configmap', 'owner', '-o', 'jsonpath={.metadata.uid}'])
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }]
  const owned = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'owned', ownerReferences } }
  await kubectl(['create', '-f', '-'], JSON.stringify(owned))
  await kubectl(['delete', 'configmap', 'owner'])
  await kubectl(['wait', '--for=delete', 'secret/owned', '--timeout=15s'])
})

test('a deleted namespace goes away with what is in it', async () => {
  await kubectl(['create', 'namespace', 'short-lived'])
  await kubectl(['-n', 'short-lived', 'create', 'configmap', 'content'])
  await kubectl(['delete', 'namespace', 'short-lived', '--timeout=15s'])
  expect(await kubectl(['get', 'namespaces', '-o', 'name'])).not.toContain('short-lived')
})

test('two servers side by side know nothing of each other', async () => {
  const other = await startApiServer()
  try {
    expect(other.url).not.toBe(server.url)
    await kubectl(['create', 'configmap', 'only-here'])
    expect(await kubectl(['get', 'configmaps', '-o', 'name'], '', other)).not.toContain('only-here')
  } finally {
    await other.stop()
    await other.stop()
  }
  expect(existsSync(other.directory)).toBe(false)
})

test('a folder that has files in it is refused, since it would be removed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mdk-used-'))
  await writeFile(join(directory, 'mine'), '')
  await expect(startApiServer({ directory })).rejects.toThrow('is not empty')
  expect(existsSync(join(directory, 'mine'))).toBe(true)
  await rm(directory, { recursive: true })
})

test('when its owner is killed its programs end, and the next start removes its data', async () => {
  const module = JSON.stringify(new URL('./api-server.ts', import.meta.url).href)
  const program = `const { startApiServer } = await import(${module}); console.log((await startApiServer()).directory); setInterval(() => 0, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = (await once(owner.stdout.setEncoding('utf8'), 'data')) as [string]
  const directory = printed.trim()
  const inDirectory = () => programsOf(directory)
  expect(await inDirectory()).toBe(2)

  owner.kill('SIGKILL')
  await vi.waitFor(async () => expect(await inDirectory()).toBe(0), { timeout: 5_000 })
  expect(existsSync(directory)).toBe(true)
  await (await startApiServer()).stop()
  expect(existsSync(directory)).toBe(false)
})

/** How many processes name the folder on their command line. */
async function programsOf(directory: string): Promise<number> {
  const { stdout } = await runCommand('ps', ['-eo', 'pid='])
  const commands = stdout
    .trim()
    .split('\n')
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid.trim()}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
  return commands.filter((command) => command.includes(directory)).length
}
