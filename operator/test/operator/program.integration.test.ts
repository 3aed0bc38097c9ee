import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { site } from './declarations.ts'
import { type Lab, startLab } from './lab.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

let lab: Lab
let program: ChildProcess | null = null

beforeAll(async () => {
  lab = await startLab()
})
afterAll(async () => {
  program?.kill('SIGKILL')
  await lab.close()
})

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

async function run(args: readonly string[], onStart: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env: {} })
  program = child
  let stderr = ''
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString()
  })
  onStart(child)
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, stderr }
}

test('without settings the program says which are missing, and ends with 1', async () => {
  const { code, stderr } = await run([])
  expect(code).toBe(1)
  expect(stderr).toContain('--runtime-image')
  expect(stderr).not.toContain('    at ')
})

test('the program takes the lease, does its work, and on SIGTERM gives the lease up and ends with 0', async () => {
  const space = await lab.namespace()
  await space.apply(site('s'))
  const election = ['--leader-election', 'true', '--lease-namespace', space.name, '--identity', 'me']
  const args = ['--kubeconfig', lab.kubeconfig, '--runtime-image', 'runtime:test', '--port', '0', ...election]
  const ended = run(args)
  const holder = async () => (await space.list('Lease')).map(({ spec }) => spec?.holderIdentity ?? '')
  await vi.waitFor(async () => {
    expect(await holder()).toEqual(['me'])
    expect(await space.get('Deployment', 's-ork')).not.toBeNull()
  }, 30_000)
  program?.kill('SIGTERM')
  expect((await ended).code).toBe(0)
  expect(await holder()).toEqual([''])
})
