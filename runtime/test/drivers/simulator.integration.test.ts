import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SimulatorConfig } from '../../src/config.ts'
import { silentLog } from '../../src/log.ts'
import { type Clock, systemClock } from '../../src/machine/clock.ts'
import { type RunningSimulator, startSimulator } from '../../src/simulator/app.ts'

const config: SimulatorConfig = {
  service: 'simulator',
  configDir: '/nowhere',
  stateDir: '/nowhere',
  statusPort: 0,
  logLevel: 'error',
  driver: 'miner-whatsminer',
  model: 'M56S',
  port: 0,
  count: 3,
}
/** A hundred times as fast for timers of more than a second: the simulator's patience in a test. */
const hasty: Clock = { ...systemClock, after: (ms, task) => systemClock.after(ms > 1_000 ? ms / 100 : ms, task) }

describe('simulator', () => {
  let simulator: RunningSimulator
  const sockets: Socket[] = []
  beforeEach(async () => {
    simulator = await startSimulator(config, { log: silentLog, registry: new Registry(), clock: hasty })
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await simulator.close()
    await simulator.close()
  })

  async function open(n = 1): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: simulator.ports[n - 1] ?? 0 })
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }

  /** All that comes until the simulator closes the connection. */
  async function rest(socket: Socket): Promise<string> {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    await once(socket, 'close')
    return text
  }

  const http = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${simulator.statusPort}${path}`, init)

  it('answers one request on a connection and closes it, however the request is cut up', async () => {
    const socket = await open()
    socket.write('{"cmd":"sum')
    socket.write('mary"}{"cmd":"pools"}')
    const text = await rest(socket)
    expect(text).toContain('SUMMARY')
    expect(text).not.toContain('POOLS')
  })

  it('answers a request that ends before it is complete as invalid JSON', async () => {
    const socket = await open()
    socket.end('{"cmd":"summary"')
    expect(JSON.parse(await rest(socket))).toMatchObject({ STATUS: 'E', Code: 23 })
  })

  it('closes a connection on which nothing comes', async () => {
    expect(await rest(await open())).toBe('')
  })

  it('serves sixteen clients of a miner at a time', async () => {
    for (let client = 0; client < 16; client += 1) await open(2)
    const surplus = await open(2)
    surplus.on('error', () => undefined)
    expect(await rest(surplus)).toBe('')
  })

  it('shows and sets what each miner does', async () => {
    const all = (await (await http('/v1/devices')).json()) as { devices: { n: number; port: number }[] }
    expect(all.devices.map(({ n, port }) => [n, port])).toEqual(simulator.ports.map((port, index) => [index + 1, port]))
    const set = await http('/v1/devices/2', { method: 'POST', body: '{"fault":"offline","hashrateMhs":7}' })
    expect(await set.json()).toMatchObject({ n: 2, online: false, fault: 'offline', summary: { 'HS RT': 7 } })
    expect(await (await http('/v1/devices/1')).json()).toMatchObject({ online: true, fault: 'none' })
    await expect(open(2)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await http('/v1/devices/2', { method: 'POST', body: '{"fault":"none"}' })
    const socket = await open(2)
    socket.write('{"cmd":"summary"}')
    expect(JSON.parse(await rest(socket))).toMatchObject({ SUMMARY: [{ 'HS RT': 7 }] })
  })

  it.each([
    ['GET', '/v1/devices/4', undefined, 404],
    ['GET', '/v1/devices/0', undefined, 404],
    ['GET', '/elsewhere', undefined, 404],
    ['DELETE', '/v1/devices/1', undefined, 405],
    ['POST', '/v1/devices/1', '{"fault":"lost"}', 400],
    ['POST', '/v1/devices/1', 'no json', 400],
  ])('answers %s %s with %j by %i and an error with its code', async (method, path, body, status) => {
    const response = await http(path, { method, ...(body !== undefined && { body }) })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code: expect.any(String) as string } })
  })

  it('has probes and metrics at their usual paths', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await http(path)).status).toBe(200)
  })

  it('does not start when a port is taken', async () => {
    const ports = { log: silentLog, registry: new Registry(), clock: hasty }
    const taken = { ...config, port: simulator.ports[0] ?? 0, count: 1 }
    await expect(startSimulator(taken, ports)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
