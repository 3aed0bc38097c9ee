import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createMdkClient, type MdkClient } from '../../src/client/mdk-client.ts'
import type { OrkAnswer } from '../../src/client/ork-answer.ts'
import { ProcessSite, type SiteProcess } from '../discovery/process-site.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { processEnv } from '../process/process-env.ts'
import { readMetrics } from '../process/read-metrics.ts'

const root = join(import.meta.dirname, '../../..')
const example = join(root, 'runtime/examples/call-ork.ts')
const guide = readFileSync(join(root, 'docs/guides/call-ork-from-code.md'), 'utf8')

let dht: TestDht
let site: ProcessSite
let ork: SiteProcess
let worker: SiteProcess
beforeAll(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap)
  const w1 = await site.addWorker('w1', ['w1.a', 'w1.b'])
  await site.writeRoster([w1.entry], [{ name: 'my-program', publicKey: site.appNode.publicKey }])
  ork = await site.startOrk()
  worker = await w1.start()
  await Promise.all([ork.ready, worker.ready])
})
afterAll(async () => {
  await site.close()
  await dht.close()
})

function newClient(change: { readonly seed?: string } = {}): MdkClient {
  const hrpc = { key: site.ork.publicKey, bootstrap: dht.bootstrap, seed: site.appNode.seed, host: '127.0.0.1' }
  return createMdkClient({ hrpc: { ...hrpc, ...change } })
}

function valueOf<Value>(answer: OrkAnswer<Value>): Value {
  if (answer.kind === 'failed') throw new Error(`${answer.code}: ${answer.message}`)
  return answer.value
}

async function commandsRun(): Promise<number> {
  const counted = (await readMetrics(worker.statusPort)).matchAll(/^mdk_worker_commands_total\{.*\} (\d+)$/gm)
  return [...counted].reduce((sum, [, count]) => sum + Number(count), 0)
}

describe('the client library over a real DHT, with ORK and a worker in processes of their own', () => {
  it('is what a program needs to look at a site and to command it, and outlives a kill of ORK', async () => {
    const client = newClient()
    valueOf(await client.connect({ timeoutMs: 30_000 }))
    expect(valueOf(await client.waitForDevice('w1.b'))).toMatchObject({ workerId: 'w1', deviceCount: 2 })
    const { commandId } = valueOf(await client.sendCommand('w1.b', 'setPowerPct', { pct: 50 }))
    expect(valueOf(await client.waitForCommand(commandId))).toMatchObject({ status: 'SUCCESS', result: { pct: 50 } })

    await ork.end('SIGKILL')
    const asked = client.waitForWorkers({ timeoutMs: 60_000 })
    ork = await site.startOrk()
    expect(valueOf(await asked)).toMatchObject([{ workerId: 'w1' }])
    expect(valueOf(await client.commandStatus(commandId))).toMatchObject({ status: 'SUCCESS' })
    await client.close()
  }, 120_000)

  it('is served within a second and a half of a killed ORK being ready again, however short it was away', async () => {
    const client = newClient()
    valueOf(await client.connect({ timeoutMs: 30_000 }))
    for (const isNoticed of [false, false, true]) {
      await ork.end('SIGKILL')
      if (isNoticed) await vi.waitFor(() => expect(client.connection().kind).toBe('dialling'), { timeout: 10_000 })
      ork = await site.startOrk()
      const readyAt = await ork.ready
      await vi.waitFor(async () => valueOf(await client.listWorkers()), { timeout: 30_000, interval: 5 })
      expect(performance.now() - readyAt).toBeLessThan(1_500)
    }
    await client.close()
  }, 120_000)

  it('sends nothing twice that ORK may have got before it was killed, unless a key makes both one', async () => {
    const client = newClient()
    valueOf(await client.waitForDevice('w1.a'))
    const before = await commandsRun()
    ork.child.kill('SIGSTOP')
    const plain = client.sendCommand('w1.a', 'setPowerPct', { pct: 60 })
    const keyed = client.sendCommand('w1.b', 'setPowerPct', { pct: 70 }, { idempotencyKey: 'once' })
    const asked = client.listWorkers()
    await ork.end('SIGKILL')
    ork = await site.startOrk()
    expect(await asked).toMatchObject({ kind: 'ok' })
    expect(await plain).toMatchObject({ kind: 'failed', code: 'ERR_COMMAND_FATE_UNKNOWN' })
    const { commandId } = valueOf(await keyed)
    expect(valueOf(await client.waitForCommand(commandId))).toMatchObject({ status: 'SUCCESS', result: { pct: 70 } })
    expect(await commandsRun()).toBe(before + 1)
    await client.close()
  }, 120_000)

  it('runs a command once that ORK may have got before it was killed, and tells its end', async () => {
    const client = newClient()
    expect(valueOf(await client.runCommand('w1.a', 'setPowerPct', { pct: 40 }))).toMatchObject({ result: { pct: 40 } })
    const before = await commandsRun()
    ork.child.kill('SIGSTOP')
    const running = client.runCommand('w1.a', 'setPowerPct', { pct: 30 }, { timeoutMs: 60_000 })
    await ork.end('SIGKILL')
    ork = await site.startOrk()
    expect(valueOf(await running)).toMatchObject({ status: 'SUCCESS', result: { pct: 30 } })
    expect(await commandsRun()).toBe(before + 1)
    await client.close()
  }, 120_000)

  it('does not reach an ORK that has not listed its key, and says so in time', async () => {
    const client = newClient({ seed: '0e'.repeat(32) })
    expect(await client.connect({ timeoutMs: 1_000 })).toMatchObject({ kind: 'failed', code: 'ERR_ORK_UNREACHABLE' })
    await client.close()
  })
})

describe('the guide to calling ORK from code', () => {
  it('shows the example as it is', () => {
    const [, shown] = /^```ts\n([\s\S]*?)^```$/m.exec(guide) ?? []
    const code = readFileSync(example, 'utf8').split('\n').slice(2).join('\n')
    expect(shown).toBe(code)
  })

  it('shows an example that works', async () => {
    const env = {
      ...processEnv,
      ORK_KEY: site.ork.publicKey,
      BOOTSTRAP: dht.bootstrap.join(','),
      SEED: site.appNode.seed,
      DEVICE: 'w1.a',
    }
    const child = spawn(process.execPath, [example], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const output = await text(child.stdout)
    expect(output).toMatch(
      /^w1\.a is one of 2 devices of w1\nw1 tells of 2 devices\nit draws [\d.]+ W\nthe light is on\n$/,
    )
  })
})
