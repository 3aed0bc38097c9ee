import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findLeaks } from '../../../test/secrets/find-leaks.ts'
import { formatDiscovery } from '../../src/contract/discovery-file.ts'
import { systemClock } from '../../src/machine/clock.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import type { RunningSimulator } from '../../src/simulator/app.ts'
import { change, openSimulator, show, whatsminerEntry } from '../drivers/open-simulator.ts'
import { loopback } from '../net/test-dht.ts'
import { type Caller, callerOver, pairOf, rosterOf, TestSite } from '../ork/test-site.ts'
import { openMemoryStore } from '../storage/memory-store.ts'
import { adminToken, openWorkerSite, type WorkerSite, workerPair } from './worker-site.ts'

const deviceId = 'rack-a.wm-01'
/** Below the ports that the system gives out, and taken by no other test: the roster must name it before the worker starts. */
const udpPort = 19_437

describe('ORK, a worker and Whatsminers', () => {
  let simulator: RunningSimulator
  let workerSite: WorkerSite
  let statusPort: number
  let ork: TestSite
  let caller: Caller
  const nodes: NetworkNode[] = []

  const join = async (name: string) => {
    const { bootstrap } = workerSite.dht
    const node = await startDhtNode({ identity: pairOf(name), bootstrap, host: loopback, port: 0 })
    nodes.push(node)
    return node
  }

  /** The device list of the worker, with this password for its miner. */
  const declare = (credentials: Record<string, string>) =>
    workerSite.writeDevices([whatsminerEntry(simulator.ports[0] ?? 0, { credentials })])

  beforeEach(async () => {
    simulator = await openSimulator('M56S')
    workerSite = await openWorkerSite({ driver: 'miner-whatsminer', model: 'M56S', workerId: 'w1', dhtPort: udpPort })
    const discovery = formatDiscovery(pairOf('ork').publicKey, workerSite.dht.bootstrap)
    await workerSite.writeRaw('discovery', 'discovery.json', discovery)
    await declare({ password: 'admin' })
    const worker = await workerSite.start()
    statusPort = worker.statusPort
    const entry = { workerId: 'w1', publicKey: workerPair.publicKey, host: loopback, port: udpPort }
    const roster = rosterOf([entry])
    ork = new TestSite({ join: () => join('ork'), store: openMemoryStore(), clock: systemClock, roster })
    await ork.start()
    const [orkNode] = nodes
    if (orkNode === undefined) throw new Error('ORK has not joined')
    const client = await join('app-node')
    caller = callerOver(
      await client.dial({ publicKey: orkNode.publicKey, address: orkNode.address }, { timeoutMs: 5_000 }),
    )
    await expect.poll(() => ork.statuses.get('w1')?.state, { timeout: 20_000 }).toBe('READY')
  })
  afterEach(async () => {
    await ork.close()
    await workerSite.close()
    for (const node of nodes.splice(0)) await node.close()
    await simulator.close()
  })

  /** Gives a command to ORK, as App Node does, and waits for what it came to. */
  async function command(name: string, params: object): Promise<Record<string, unknown>> {
    const accepted = await caller.ask('command.request', { command: name, params }, deviceId)
    const { commandId } = accepted
    expect(commandId, JSON.stringify(accepted)).toBeTypeOf('string')
    const status = () => caller.ask('command.status', { commandId })
    await expect.poll(async () => (await status())['status'], { timeout: 20_000 }).toMatch(/SUCCESS|FAILED/)
    return status()
  }

  const state = async () => {
    const answer = (await caller.ask('state.pull', {}, deviceId)) as { state: Record<string, { error?: string }> }
    return answer.state[deviceId]
  }

  it('a command goes from ORK over the worker and TCP into the miner, and comes back in telemetry', async () => {
    expect(await command('setPowerMode', { mode: 'low' })).toMatchObject({ status: 'SUCCESS', result: { mode: 'low' } })
    expect((await show(simulator, 1))['obeyed']).toEqual(['set_low_power'])
    const telemetry = await caller.ask('telemetry.pull', { query: { type: 'power_mode' } }, deviceId)
    expect(telemetry).toMatchObject({ value: 'low' })
    const { capabilities } = (await caller.ask('device.capabilities', {}, deviceId)) as {
      capabilities: { commands: { name: string }[] }
    }
    expect(capabilities.commands).toMatchObject([
      { name: 'reboot', idempotent: false },
      { name: 'setPowerMode', idempotent: true, constraints: expect.any(String) as string },
      { name: 'setLED' },
      { name: 'setupPools' },
      { name: 'setPowerPct', params: [{ max: 200 }] },
    ])
  })

  it('a reboot takes the miner away for a while, and the worker finds it again', async () => {
    await change(simulator, 1, { restartMs: 1_500 })
    expect(await command('reboot', {})).toMatchObject({ status: 'SUCCESS', result: { rebooting: true } })
    expect(await command('setLED', { enabled: true })).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('ERR_DEVICE_UNAVAILABLE') as string,
    })
    await expect
      .poll(() => caller.ask('telemetry.pull', { query: { type: 'uptime' } }, deviceId), { timeout: 30_000 })
      .toMatchObject({ value: expect.toSatisfy((uptime) => Number(uptime) < 60_000) as number })
  })

  it('a wrong password is told by state, telemetry, status and the command, reads go on, and the list mends it', async () => {
    const password = 's3cr3t-but-wrong'
    await declare({ password })
    const sentence = expect.stringMatching(/^rack-a\.wm-01 does not accept the password in its credentials/) as string
    await expect.poll(state, { timeout: 20_000 }).toMatchObject({ status: 'online', error: sentence })
    const failed = await command('setLED', { enabled: true })
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('ERR_DEVICE_ACCESS_DENIED: rack-a.wm-01') as string,
    })
    const metrics = await caller.ask('telemetry.pull', { query: {} }, deviceId)
    expect(metrics).toMatchObject({
      metrics: {
        success: true,
        stats: { status: 'mining' },
        raw_errors: [{ name: 'access_refused', message: sentence }],
      },
    })
    const response = await fetch(`http://${loopback}:${statusPort}/v1/status`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    const status = await response.text()
    expect(JSON.parse(status)).toMatchObject({ detail: { deviceProblems: { [deviceId]: sentence } } })
    expect(ork.statuses.get('w1')).toMatchObject({ state: 'READY', health: 'HEALTHY' })
    await expect.poll(() => ork.statuses.get('w1')?.unhealthy, { timeout: 20_000 }).toEqual([deviceId])
    const readable = {
      'the status': status,
      'the log': workerSite.log(),
      metrics: await workerSite.registry.metrics(),
      'what ORK says': JSON.stringify([failed, metrics, await state(), [...ork.statuses.values()]]),
    }
    expect(readable['the log']).toContain('device list in use')
    const secrets = [{ name: 'the password', value: password }]
    expect(
      findLeaks(
        secrets,
        Object.entries(readable).map(([place, text]) => ({ place, text })),
      ),
    ).toEqual([])

    await declare({ password: 'admin' })
    await expect.poll(state, { timeout: 20_000 }).not.toHaveProperty('error')
    expect(await command('setLED', { enabled: true })).toMatchObject({ status: 'SUCCESS' })
    expect((await show(simulator, 1))['obeyed']).toEqual(['set_led'])
  })

  it('a command whose answer is lost ends as of unknown fate, and reaches the miner once', async () => {
    expect(await command('setLED', { enabled: false })).toMatchObject({ status: 'SUCCESS' })
    await change(simulator, 1, { fault: 'mute' })
    expect(await command('setPowerPct', { pct: 70 })).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('ERR_COMMAND_FATE_UNKNOWN') as string,
    })
    await change(simulator, 1, { fault: 'none' })
    await expect.poll(state, { timeout: 40_000 }).toMatchObject({ status: 'online' })
    expect((await show(simulator, 1))['obeyed']).toEqual(['set_led', 'set_power_pct_v2'])
  })
})
