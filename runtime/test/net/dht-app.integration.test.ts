import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DhtConfig } from '../../src/config.ts'
import { type RunningDht, startDht } from '../../src/dht/app.ts'
import { silentLog } from '../../src/log.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import { eventually } from './eventually.ts'
import { loopback } from './test-dht.ts'
import { testPair } from './test-pair.ts'

const token = 'a-token-of-twenty-letters'

describe('startDht', () => {
  let configDir = ''
  let dht: RunningDht
  beforeAll(async () => {
    configDir = await mkdtemp(join(tmpdir(), 'dht-app-'))
    await mkdir(join(configDir, 'admin'))
    await writeFile(join(configDir, 'admin', 'token'), token)
    const config: DhtConfig = {
      service: 'dht',
      configDir,
      stateDir: configDir,
      statusPort: 0,
      logLevel: 'info',
      podIp: loopback,
      dhtPort: 0,
    }
    dht = await startDht(config, { log: silentLog, registry: new Registry() })
  })
  afterAll(async () => {
    await dht.close()
    await rm(configDir, { recursive: true })
  })

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://${loopback}:${dht.statusPort}${path}`, { headers })

  test('it is ready as soon as it answers itself, and says where it is', async () => {
    await eventually('it is ready', async () => (await get('/readyz')).ok, 5_000)
    const status: unknown = await (await get('/v1/status', { authorization: `Bearer ${token}` })).json()
    expect(status).toMatchObject({ service: 'dht', detail: { address: dht.address, answers: true } })
    expect(await (await get('/metrics')).text()).toContain('mdk_dht_answers 1')
  })

  test('peers that know nothing but this node find each other', async () => {
    const bootstrap = [`${dht.address.host}:${dht.address.port}`]
    const join = (pair: number) =>
      startDhtNode({ identity: testPair(pair), bootstrap, host: loopback, port: 0, log: silentLog })
    const [server, client] = [await join(1), await join(2)]
    await server.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
    const announcement = server.announce('ab'.repeat(32), server.publicKey)
    await eventually('all is announced', () => server.announced && announcement.announced)
    const link = await client.dial({ publicKey: server.publicKey }, { timeoutMs: 2_000 })
    expect((await link.request(Buffer.from('x'), { timeoutMs: 2_000 })).toString()).toBe('x')
    expect(await client.lookup('ab'.repeat(32), { timeoutMs: 2_000 })).toHaveLength(1)
    await Promise.all([server.close(), client.close()])
  })
})
