import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceListRevision } from '../../src/contract/device-list.ts'
import { formatDiscovery } from '../../src/contract/discovery-file.ts'
import type { Link } from '../../src/net/link.ts'
import { testPair } from '../net/test-pair.ts'
import { adminToken, ask, openWorkerSite, simulated, topic, type WorkerSite, workerPair } from './worker-site.ts'

describe('worker', () => {
  let site: WorkerSite
  beforeEach(async () => {
    site = await openWorkerSite()
  })
  afterEach(() => site.close())

  /** A link as soon as the DHT knows the worker. */
  const linked = async () => {
    const links: Link[] = []
    const dial = () => site.dial().then((link) => links.push(link))
    await expect.poll(() => dial().catch(() => 0)).toBeGreaterThan(0)
    return links[0] ?? expect.fail('no link')
  }

  const statusOf = async (port: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/status`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    return ((await response.json()) as { detail: Record<string, unknown> }).detail
  }

  it('is found on the topic, hands its key off, and answers every action of the protocol', async () => {
    const text = await site.writeDevices([simulated('rack-1.miner-2'), simulated('rack-1.miner-1')])
    await site.start()
    await expect.poll(() => site.ork.lookup(topic, { timeoutMs: 2_000 }).catch(() => [])).toHaveLength(1)
    const [topicKey = ''] = await site.ork.lookup(topic, { timeoutMs: 2_000 })
    expect(await site.ork.takeHandOff(topicKey, { timeoutMs: 2_000 })).toBe(workerPair.publicKey)

    const link = await linked()
    const identity = await ask(link, 'identity.request')
    expect(identity).toMatchObject({
      type: 'response',
      action: 'identity.response',
      sender: 'simulated-rack-1',
      target: 'ork:kernel:default',
      payload: {
        workerId: 'simulated-rack-1',
        driver: 'simulated',
        model: null,
        devices: [{ deviceId: 'rack-1.miner-1' }, { deviceId: 'rack-1.miner-2' }],
      },
    })
    const capability = await ask(link, 'capability.request')
    expect(capability.payload['contract']).toMatchObject({
      metadata: { driver: 'simulated', model: null, deviceFamily: 'miner' },
      capabilities: { commands: [{ name: 'reboot' }, {}, {}, {}, {}] },
    })
    const pong = await ask(link, 'health.ping')
    expect(pong).toMatchObject({
      action: 'health.pong',
      payload: {
        status: 'OK',
        revision: deviceListRevision(text),
        instanceId: expect.any(String) as string,
        processId: expect.any(String) as string,
      },
    })
    await expect
      .poll(async () => (await ask(link, 'state.pull')).payload)
      .toMatchObject({
        state: { 'rack-1.miner-1': { status: 'online' }, 'rack-1.miner-2': { status: 'online' } },
        deviceCount: 2,
        workerId: 'simulated-rack-1',
      })
    const telemetry = await ask(link, 'telemetry.pull', { query: {} }, 'rack-1.miner-1')
    expect(telemetry).toMatchObject({
      action: 'telemetry.response',
      deviceId: 'rack-1.miner-1',
      payload: { deviceId: 'rack-1.miner-1', metrics: { success: true, stats: { status: 'mining' } } },
    })
    expect(await ask(link, 'make.coffee')).toMatchObject({
      type: 'response',
      action: 'make.coffee',
      payload: { error: 'ERR_UNKNOWN_ACTION: make.coffee' },
    })
    expect(await ask(link, 'write.calls.request')).toMatchObject({ action: 'write.calls.request' })
    link.close()
  })

  it('runs a command once, gives a repeat the first result, and shows the change in the next reading', async () => {
    await site.writeDevices([simulated('rack-1.miner-1')])
    await site.start()
    const link = await linked()
    const command = { commandId: 'c-1', command: 'setPowerMode', params: { mode: 'low' } }
    const first = await ask(link, 'command.request', command, 'rack-1.miner-1')
    expect(first.payload).toEqual({ commandId: 'c-1', status: 'SUCCESS', result: { mode: 'low' } })
    const undo = { ...command, commandId: 'c-2', params: { mode: 'high' } }
    expect((await ask(link, 'command.request', undo, 'rack-1.miner-1')).payload).toMatchObject({ status: 'SUCCESS' })
    // The repeat must not set the mode again.
    expect((await ask(link, 'command.request', command, 'rack-1.miner-1')).payload).toEqual(first.payload)
    const query = { query: { type: 'power_mode' } }
    expect((await ask(link, 'telemetry.pull', query, 'rack-1.miner-1')).payload).toMatchObject({
      name: 'power_mode',
      value: 'high',
    })
    expect(await site.registry.getSingleMetricAsString('mdk_worker_commands_total')).toContain(
      'mdk_worker_commands_total{status="SUCCESS",code=""} 2',
    )
    link.close()
  })

  it('serves a device that is added to the list, and no longer one that is removed, without a restart', async () => {
    await site.writeDevices([simulated('rack-1.miner-1')])
    const { statusPort } = await site.start()
    const link = await linked()
    const before = (await ask(link, 'health.ping')).payload
    const text = await site.writeDevices([simulated('rack-1.miner-2'), simulated('rack-1.miner-3')])
    await expect
      .poll(async () => (await ask(link, 'health.ping')).payload)
      .toEqual({ ...before, revision: deviceListRevision(text) })
    expect((await ask(link, 'identity.request')).payload['devices']).toEqual([
      { deviceId: 'rack-1.miner-2' },
      { deviceId: 'rack-1.miner-3' },
    ])
    expect((await ask(link, 'telemetry.pull', { query: {} }, 'rack-1.miner-1')).payload).toEqual({
      deviceId: 'rack-1.miner-1',
      error: 'ERR_DEVICE_NOT_FOUND: rack-1.miner-1',
    })
    await site.writeRaw('devices', 'devices.json', '{"version":1,"devices":"none"}')
    await expect
      .poll(() => statusOf(statusPort))
      .toMatchObject({
        revision: deviceListRevision(text),
        fileProblems: { devices: expect.stringContaining('DeviceListMalformed') as string },
      })
    expect((await ask(link, 'telemetry.pull', { query: { type: 'count' } })).payload).toMatchObject({ count: 2 })
    link.close()
  })

  it('lets in nobody but its ORK, and another as soon as discovery.json names one', async () => {
    await site.writeDevices([])
    const { statusPort } = await site.start()
    const link = await linked()
    const other = await site.dht.join(7)
    await expect(other.dial({ publicKey: workerPair.publicKey }, { timeoutMs: 2_000 })).rejects.toMatchObject({
      name: 'LinkError',
    })
    await site.writeRaw('discovery', 'discovery.json', formatDiscovery(testPair(7).publicKey, site.dht.bootstrap))
    await expect(link.ended).resolves.toMatchObject({ name: 'LinkError' })
    const fresh = await other.dial({ publicKey: workerPair.publicKey }, { timeoutMs: 5_000 })
    expect((await ask(fresh, 'health.ping')).payload).toMatchObject({ status: 'OK' })
    await site.writeRaw('discovery', 'discovery.json', formatDiscovery(null, site.dht.bootstrap))
    await fresh.ended
    expect(await statusOf(statusPort)).toMatchObject({
      admission: { orkPublicKey: null, problem: expect.stringContaining('nobody is admitted') as string },
    })
    fresh.close()
  })

  it('is announced on another topic when the file names one', async () => {
    await site.writeDevices([])
    await site.start()
    const next = 'ef'.repeat(32)
    await site.writeRaw('topic', 'topic', next)
    await expect
      .poll(() => site.ork.lookup(next, { timeoutMs: 2_000 }).catch(() => []), { timeout: 10_000 })
      .toHaveLength(1)
  })

  it('lists devices that it cannot serve, with the reason, and serves the others', async () => {
    const stray = { ...simulated('rack-1.stray'), driver: 'miner-whatsminer', address: '10.0.0.1' }
    await site.writeDevices([simulated('rack-1.good'), simulated('rack-1.odd', { fault: 'nonsense' }), stray])
    await site.start()
    const link = await linked()
    await expect
      .poll(async () => (await ask(link, 'state.pull')).payload['state'])
      .toEqual({
        'rack-1.good': { status: 'online', since: expect.any(Number) as number },
        'rack-1.odd': {
          status: 'offline',
          since: expect.any(Number) as number,
          error: expect.stringContaining('fault') as string,
        },
        'rack-1.stray': {
          status: 'offline',
          since: expect.any(Number) as number,
          error: expect.stringContaining('miner-whatsminer') as string,
        },
      })
    const all = (await ask(link, 'telemetry.pull', { query: { type: 'metrics' } })).payload
    expect(all['devices']).toMatchObject([
      { deviceId: 'rack-1.good', metrics: { success: true } },
      { deviceId: 'rack-1.odd', metrics: { success: false, stats: { status: 'offline' } } },
      { deviceId: 'rack-1.stray', metrics: { success: false } },
    ])
    link.close()
  })
})
