import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestDht } from '../net/test-dht.ts'
import { processEnv } from '../process/process-env.ts'
import { temporaryFolder } from '../process/projected-folder.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const guide = join(repository, 'docs/guides/without-a-cluster.md')

/** A program of the guide that runs. */
interface Running {
  readonly child: ChildProcess
  readonly printed: () => string
  readonly ended: Promise<unknown>
}

let root: Awaited<ReturnType<typeof temporaryFolder>>
let children: ChildProcess[] = []
beforeEach(async () => {
  root = await temporaryFolder()
  // A folder as that of somebody who has installed the runtime.
  await mkdir(join(root.path, 'node_modules/@mdk'), { recursive: true })
  await symlink(join(repository, 'runtime'), join(root.path, 'node_modules/@mdk/runtime'))
  const text = await readFile(guide, 'utf8')
  for (const [, name = '', code = ''] of text.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)) {
    await writeFile(join(root.path, name), code.replace('port: 3000', 'port: 0'))
  }
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await root.remove()
})

/** Runs a program of the guide in a temporary folder of its own, in which all of a test share their root. */
function run(name: string): Running {
  const child = spawn(process.execPath, [join(root.path, name)], {
    env: { ...processEnv, TMPDIR: root.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  return { child, printed: () => printed, ended: once(child, 'close').then(([code]) => code as unknown) }
}

const slow = { timeout: 40_000, interval: 50 }

/** Waits until the site serves, and reads a device over HTTP. */
async function readDevice({ printed }: Running): Promise<unknown> {
  await expect.poll(printed, slow).toContain('serving')
  const [, url = '', token = ''] = /serving (\S+) (\S+)/.exec(printed()) ?? []
  const path = `${url}/site-monitor/devices/rack-1.miner-2/telemetry`
  return (await fetch(path, { headers: { authorization: `Bearer ${token}` } })).json()
}

async function stop(...programs: readonly Running[]): Promise<readonly unknown[]> {
  for (const { child } of programs) child.kill('SIGTERM')
  return Promise.all(programs.map(({ ended }) => ended))
}

describe('the programs of the guide to sites without a cluster', () => {
  it('single.ts is a whole site, and ends with 0', async () => {
    const site = run('single.ts')
    expect(await readDevice(site)).toMatchObject({ metrics: { success: true } })
    expect(site.printed()).toContain('found simulated-rack-1 with 2 devices')
    expect(await stop(site)).toEqual([0])
  })

  it('local-worker.ts and local-ork.ts find each other, and again when either was killed', async () => {
    const worker = run('local-worker.ts')
    await expect.poll(worker.printed, slow).toContain('serving devices as simulated-rack-1')
    const killed = run('local-ork.ts')
    expect(await readDevice(killed)).toMatchObject({ metrics: { success: true } })
    killed.child.kill('SIGKILL')
    worker.child.kill('SIGKILL')
    await Promise.all([killed.ended, worker.ended])
    const [ork, successor] = [run('local-ork.ts'), run('local-worker.ts')]
    expect(await readDevice(ork)).toMatchObject({ metrics: { success: true } })
    expect(ork.printed()).toContain('found simulated-rack-1 with 2 devices')
    expect(await stop(ork, successor)).toEqual([0, 0])
  })

  it('local-client.ts reads a device of theirs, and ends', async () => {
    const [ork, worker, client] = [run('local-ork.ts'), run('local-worker.ts'), run('local-client.ts')]
    expect(await client.ended).toBe(0)
    expect(client.printed()).toMatch(/^simulated-rack-1 draws [\d.]+ W\n$/)
    expect(await stop(ork, worker)).toEqual([0, 0])
  })

  it('dht-worker.ts and dht-ork.ts find each other on a DHT', async () => {
    const dht = await startTestDht()
    for (const name of ['dht-ork.ts', 'dht-worker.ts']) {
      const code = await readFile(join(root.path, name), 'utf8')
      await writeFile(join(root.path, name), code.replace('127.0.0.1:49737', dht.bootstrap[0] ?? ''))
    }
    const [worker, ork] = [run('dht-worker.ts'), run('dht-ork.ts')]
    expect(await readDevice(ork)).toMatchObject({ metrics: { success: true } })
    expect(await stop(ork, worker)).toEqual([0, 0])
    await dht.close()
  })
})
