import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keyPairOfSeed } from '../../src/contract/key-pair.ts'
import { openBeeStore } from '../../src/storage/bee-store.ts'
import { temporaryFolder, writePlainFile } from './projected-folder.ts'
import { type RuntimeProcess, startProcess, statusPortOf } from './runtime-process.ts'

const pair = keyPairOfSeed('07'.repeat(32))
const token = 'an-admin-token-of-a-site'

let root: Awaited<ReturnType<typeof temporaryFolder>>
let children: ChildProcess[] = []
beforeEach(async () => {
  root = await temporaryFolder()
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  await root.remove()
})

function run(env: Readonly<Record<string, string>>): RuntimeProcess {
  const started = startProcess(root.path, env)
  children.push(started.child)
  return started
}

const appNode = { SERVICE: 'app-node', DHT_PORT: '0', STATUS_PORT: '0', PORT: '0' }

describe('a runtime process', () => {
  it('logs its public key first, serves, and ends with 0 within seconds of SIGTERM', async () => {
    await writePlainFile(join(root.path, 'key', 'seed'), pair.seed)
    await writePlainFile(join(root.path, 'admin', 'token'), token)
    const running = run(appNode)
    const { child, lines, ended } = running
    const status = `http://127.0.0.1:${await statusPortOf(running)}`
    await vi.waitFor(async () => expect((await fetch(`${status}/readyz`)).status).toBe(200), { timeout: 20_000 })
    expect(lines[0]).toMatchObject({ level: 'info', service: 'app-node', publicKey: pair.publicKey })
    const shown = await fetch(`${status}/v1/status`, { headers: { authorization: `Bearer ${token}` } })
    expect(await shown.json()).toMatchObject({ service: 'app-node', publicKey: pair.publicKey })
    expect(await (await fetch(`${status}/metrics`)).text()).toContain('mdk_build_info{service="app-node"')
    child.kill('SIGTERM')
    const before = performance.now()
    expect(await ended).toBe(0)
    expect(performance.now() - before).toBeLessThan(8_000)
    expect(JSON.stringify(lines)).not.toContain(pair.seed)
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  it('ends with 2 and one line that names each variable when the environment is wrong', async () => {
    const { lines, ended } = run({ SERVICE: 'worker', WORKER: 'simulated', STATUS_PORT: 'x' })
    expect(await ended).toBe(2)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'fatal', problem: expect.stringMatching(/STATUS_PORT[^]*RACK/) as unknown })
  })

  it('ends with 2 and says why when its key cannot be used', async () => {
    await writePlainFile(join(root.path, 'key', 'publicKey'), pair.publicKey)
    const { lines, ended } = run(appNode)
    expect(await ended).toBe(2)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ problem: expect.stringContaining('give the seed') as unknown })
  })

  it('ends with 0 within seconds of SIGTERM while it waits for a store that another process holds', async () => {
    await writePlainFile(join(root.path, 'key', 'seed'), pair.seed)
    const holder = await openBeeStore(join(root.path, 'ork'), { lockTimeoutMs: 5_000 })
    const running = run({ SERVICE: 'ork', DHT_PORT: '0', STATUS_PORT: '0' })
    const ready = `http://127.0.0.1:${await statusPortOf(running)}/readyz`
    const why = async () => (await fetch(ready)).text()
    await vi.waitFor(async () => expect(await why()).toContain('waiting for the store'), { timeout: 20_000 })
    running.child.kill('SIGTERM')
    expect(await running.ended).toBe(0)
    await holder.close()
  })

  it('ends with 1 when a port is taken', async () => {
    await writePlainFile(join(root.path, 'key', 'seed'), pair.seed)
    const first = run(appNode)
    const second = run({ ...appNode, STATUS_PORT: await statusPortOf(first) })
    expect(await second.ended).toBe(1)
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
  })
})
