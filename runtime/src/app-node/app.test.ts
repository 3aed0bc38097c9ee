import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ScriptedOrk, silence, startScriptedOrk } from '../../test/app-node/scripted-ork.ts'
import { temporaryFolder, writePlainFile } from '../../test/process/projected-folder.ts'
import { formatDiscovery } from '../contract/discovery-file.ts'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { silentLog } from '../log.ts'
import { type MemoryNetwork, memoryNetwork } from '../net/memory-network.ts'
import { type RunningAppNode, startAppNode } from './app.ts'

/** What comes with the next event, on a machine that is busy with all else. */
const soon = { timeout: 8_000, interval: 20 }

const appNodePair = keyPairOfSeed('04'.repeat(32))
const orkPair = keyPairOfSeed('05'.repeat(32))
const otherPair = keyPairOfSeed('06'.repeat(32))
const readToken = 'a-token-that-may-read-only'
const commandToken = 'a-token-that-may-command'
const reading = { authorization: `Bearer ${readToken}` }
const commanding = { authorization: `Bearer ${commandToken}` }

let root: Awaited<ReturnType<typeof temporaryFolder>>
let network: MemoryNetwork
let ork: ScriptedOrk
let app: RunningAppNode

const write = (folder: string, name: string, text: string): Promise<void> =>
  writePlainFile(join(root.path, folder, name), text)
const nameOrk = (publicKey: string | null): Promise<void> =>
  write('discovery', 'discovery.json', formatDiscovery(publicKey, ['dht-0:49737']))

beforeEach(async () => {
  root = await temporaryFolder()
  network = memoryNetwork()
  ork = await startScriptedOrk(network.join(orkPair), { 'worker.list': () => ({ workers: [worker] }) })
  await write('key', 'seed', appNodePair.seed)
  await write('tokens', 'read', readToken)
  await write('tokens', 'command', commandToken)
  await write('admin', 'token', 'an-admin-token-of-a-site')
  await nameOrk(orkPair.publicKey)
})
afterEach(async () => {
  await app.close()
  await ork.close()
  await root.remove()
})

const worker = {
  workerId: 'w1',
  deviceIds: ['a.1', 'a.2'],
  state: 'READY',
  healthState: 'HEALTHY',
  rpcKey: 'ab'.repeat(32),
  unhealthyDeviceIds: ['a.2'],
  driver: 'simulated',
  model: 'M1',
}

async function start(): Promise<void> {
  app = await startAppNode(
    {
      service: 'app-node',
      configDir: root.path,
      stateDir: root.path,
      statusPort: 0,
      logLevel: 'info',
      podIp: '127.0.0.1',
      dhtPort: 0,
      port: 0,
    },
    {
      log: silentLog,
      registry: new Registry(),
      openNode: ({ identity }) => Promise.resolve(network.join(identity)),
    },
  )
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

async function ask(path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`, { ...init, headers })
  return { status: response.status, body: await response.json() }
}

const post = (path: string, body: string, headers: Record<string, string>): Promise<Answer> =>
  ask(path, { 'content-type': 'application/json', ...headers }, { method: 'POST', body })

const commands = '/site-monitor/devices/a.1/commands'

describe('GET /health', () => {
  it('says that ORK is reachable, with counts for everybody and keys for who may read', async () => {
    await start()
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { status: 'ok' } }), soon)
    expect((await ask('/health')).body).toEqual({
      status: 'ok',
      ork: { reachable: true, publicKeyConfigured: true, problem: null, diagnosis: null },
      workers: { total: 1, ready: 1 },
      devices: { total: 2, ready: 2, healthy: 1 },
      problems: {},
    })
    expect((await ask('/health', reading)).body).toMatchObject({
      ork: { publicKey: orkPair.publicKey },
      workers: { list: [{ workerId: 'w1', publicKey: worker.rpcKey, driver: 'simulated', model: 'M1' }] },
    })
  })

  it('loads ORK once a second however often it is asked', async () => {
    await start()
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { status: 'ok' } }), soon)
    ork.requests.length = 0
    const startedAt = Date.now()
    await Promise.all(Array.from({ length: 50 }, () => ask('/health')))
    expect(ork.requests.length).toBeLessThanOrEqual(1 + Math.floor((Date.now() - startedAt) / 1_000))
  })

  it('answers 200 without an ORK key, says so, and finds ORK as soon as the key appears', async () => {
    await nameOrk(null)
    await start()
    const before = await ask('/health')
    expect(before).toMatchObject({ status: 200, body: { status: 'degraded', ork: { publicKeyConfigured: false } } })
    expect(await ask('/site-monitor/workers', reading)).toMatchObject({
      status: 503,
      body: { error: { code: 'ERR_ORK_KEY_MISSING' } },
    })
    await nameOrk(orkPair.publicKey)
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { status: 'ok' } }), soon)
  })

  it('moves to another ORK when the key in discovery.json changes', async () => {
    const other = await startScriptedOrk(network.join(otherPair), { 'worker.list': () => ({ workers: [] }) })
    await start()
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { workers: { total: 1 } } }), soon)
    await nameOrk(otherPair.publicKey)
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { workers: { total: 0 } } }), soon)
    expect(ork.callers()).toEqual([])
    await other.close()
  })

  it('says that ORK is away, and that it is back', async () => {
    await start()
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { status: 'ok' } }), soon)
    network.cut(orkPair.publicKey)
    const degraded = { status: 200, body: { status: 'degraded', workers: null } }
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject(degraded), soon)
    network.restore(orkPair.publicKey)
    await vi.waitFor(async () => expect(await ask('/health')).toMatchObject({ body: { status: 'ok' } }), soon)
  })
})

describe('admission', () => {
  it.each([
    '/site-monitor/workers',
    '/site-monitor/devices/a.1/telemetry',
    '/site-monitor/devices/a.1/state',
    '/site-monitor/commands/c1',
  ])('refuses %s without a valid token', async (path) => {
    await start()
    const refused = { status: 401, body: { error: { code: 'ERR_AUTH_FAIL' } } }
    expect(await ask(path)).toMatchObject(refused)
    expect(await ask(path, { authorization: 'Bearer another-token-altogether' })).toMatchObject(refused)
    expect(ork.requests).toEqual([])
  })

  it('lets a read token look but not command, before its body is looked at', async () => {
    await start()
    expect(await ask('/site-monitor/workers', reading)).toMatchObject({ status: 200 })
    expect(await post(commands, 'no json', reading)).toMatchObject({
      status: 403,
      body: { error: { code: 'ERR_AUTH_FAIL_NO_PERMS' } },
    })
    expect(await ask('/site-monitor/workers', commanding)).toMatchObject({ status: 200 })
  })

  it('takes a replaced token without a restart, and admits nobody when the file is malformed', async () => {
    await start()
    const next = 'the-token-that-comes-next'
    await write('tokens', 'read', `${readToken}\n${next}\n`)
    const withNext = { authorization: `Bearer ${next}` }
    await vi.waitFor(async () => expect((await ask('/site-monitor/workers', withNext)).status).toBe(200), soon)
    expect((await ask('/site-monitor/workers', reading)).status).toBe(200)
    await write('tokens', 'read', 'short')
    await vi.waitFor(async () => expect((await ask('/site-monitor/workers', withNext)).status).toBe(401), soon)
    expect((await ask('/health')).body).toMatchObject({
      status: 'degraded',
      problems: { tokens: expect.stringContaining("TokensMalformed: key 'read'") as unknown },
    })
  })
})

describe('routes', () => {
  it('lists workers with their devices counted', async () => {
    await start()
    expect(await ask('/site-monitor/workers', reading)).toEqual({
      status: 200,
      body: { workers: [{ ...worker, deviceCount: 2 }], totalDevices: 2 },
    })
  })

  it('passes telemetry and state through as ORK gives them', async () => {
    ork.answer({
      'telemetry.pull': ({ deviceId, payload }) => ({ deviceId, asked: payload, timestamp: 5 }),
      'state.pull': () => ({ state: { 'a.1': { status: 'online' } }, workerId: 'w1' }),
    })
    await start()
    expect(await ask('/site-monitor/devices/a.1/telemetry?queryType=power', reading)).toEqual({
      status: 200,
      body: { deviceId: 'a.1', asked: { query: { type: 'power' } }, timestamp: 5 },
    })
    expect(await ask('/site-monitor/devices/a.1/telemetry', reading)).toMatchObject({
      body: { asked: { query: { type: 'metrics' } } },
    })
    expect(await ask('/site-monitor/devices/a.1/state', reading)).toEqual({
      status: 200,
      body: { state: { 'a.1': { status: 'online' } }, workerId: 'w1' },
    })
  })

  it('accepts a command with 202 and tells what became of it', async () => {
    ork.answer({
      'command.request': () => ({ commandId: 'c1', status: 'QUEUED' }),
      'command.status': () => ({ commandId: 'c1', status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' }),
    })
    await start()
    const accepted = await post(commands, '{"command":"setPowerMode","params":{"mode":"low"}}', commanding)
    expect(accepted).toEqual({ status: 202, body: { commandId: 'c1', status: 'QUEUED' } })
    expect(ork.requests.at(-1)).toMatchObject({
      deviceId: 'a.1',
      payload: { command: 'setPowerMode', params: { mode: 'low' }, requesterId: 'app-node' },
    })
    expect(await ask('/site-monitor/commands/c1', reading)).toMatchObject({
      status: 200,
      body: { commandId: 'c1', status: 'FAILED', error: { code: 'ERR_COMMAND_FATE_UNKNOWN' } },
    })
  })

  it.each([
    ['ERR_DEVICE_NOT_FOUND', 404],
    ['ERR_WORKER_NOT_ROUTABLE', 503],
    ['ERR_COMMAND_NOT_IN_CAPABILITIES: fly', 400],
    ['ERR_QUEUE_FULL', 429],
    ['ERR_IDEMPOTENCY_KEY_REUSED', 422],
    ['Error: /root/secret not found', 500],
  ])('answers the refusal %s with %i', async (error, status) => {
    ork.answer({ 'command.request': () => ({ error, status: 'REJECTED' }) })
    await start()
    const refused = await post(commands, '{"command":"fly"}', commanding)
    expect(refused.status).toBe(status)
    expect(JSON.stringify(refused.body)).not.toContain('secret')
  })

  it('hands an idempotency key on, and refuses one that is none', async () => {
    ork.answer({ 'command.request': () => ({ commandId: 'c1', status: 'QUEUED' }) })
    await start()
    const withKey = (key: string) => post(commands, '{"command":"reboot"}', { ...commanding, 'idempotency-key': key })
    expect(await withKey('4c1f-7')).toMatchObject({ status: 202 })
    expect(ork.requests.at(-1)).toMatchObject({ payload: { idempotencyKey: '4c1f-7' } })
    expect(await post(commands, '{"command":"reboot"}', commanding)).toMatchObject({ status: 202 })
    expect(ork.requests.at(-1)?.payload).not.toHaveProperty('idempotencyKey')
    for (const key of ['', 'two words', 'x'.repeat(129), 'schlüssel'])
      expect(await withKey(key)).toMatchObject({ status: 400, body: { error: { code: 'ERR_REQUEST_INVALID' } } })
    expect(ork.requests).toHaveLength(2)
  })

  it('goes by the id that a caller gives its request, and by one of its own where that is none', async () => {
    ork.answer({ 'state.pull': () => ({ state: {}, workerId: 'w1' }) })
    await start()
    const idFor = async (given: Record<string, string>) => {
      const state = `http://127.0.0.1:${app.port}/site-monitor/devices/a.1/state`
      const { headers } = await fetch(state, { headers: { ...reading, ...given } })
      expect(ork.requests.at(-1)?.id).toBe(headers.get('x-request-id'))
      return headers.get('x-request-id')
    }
    expect(await idFor({ 'x-request-id': '4c1f-7' })).toBe('4c1f-7')
    const ownId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
    for (const given of ['', 'two words', 'x'.repeat(129), 'schlüssel'])
      expect(await idFor({ 'x-request-id': given })).toMatch(ownId)
    expect(await idFor({})).toMatch(ownId)
  })

  it('answers a telemetry pull that failed with its code, not with empty telemetry', async () => {
    ork.answer({ 'telemetry.pull': () => ({ error: 'ERR_DEVICE_NOT_FOUND' }) })
    await start()
    expect(await ask('/site-monitor/devices/a.9/telemetry', reading)).toMatchObject({
      status: 404,
      body: { error: { code: 'ERR_DEVICE_NOT_FOUND' } },
    })
  })

  it.each([
    ['{"params":{}}', 'command: give the name of a command'],
    ['{"command":"x","params":[1]}', 'params: give an object of parameters by name'],
    ['{"command":"x","delay":1}', 'Unrecognized key'],
    ['[]', 'the body is not accepted'],
    ['{"command":', 'the body must be a JSON object'],
  ])('refuses the body %s with 400 and says what is wrong', async (body, text) => {
    await start()
    const refused = await post(commands, body, commanding)
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'ERR_REQUEST_INVALID' } } })
    expect(JSON.stringify(refused.body)).toContain(text)
    expect(ork.requests).toEqual([])
  })

  it.each([99, 5_000, 30_000])('refuses a parameter of %i lists in each other with 400', async (depth) => {
    await start()
    const body = `{"command":"x","params":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`
    const refused = await post(commands, body, commanding)
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'ERR_REQUEST_INVALID' } } })
    expect(JSON.stringify(refused.body)).toContain('nested deeper than 100 levels')
    expect(ork.requests).toEqual([])
  })

  it('refuses what is too large, of another type, or nowhere', async () => {
    await start()
    const large = JSON.stringify({ command: 'x', params: { text: 'x'.repeat(70_000) } })
    expect(await post(commands, large, commanding)).toMatchObject({
      status: 413,
      body: { error: { code: 'ERR_REQUEST_TOO_LARGE' } },
    })
    const plain = { ...commanding, 'content-type': 'text/plain' }
    expect(await post(commands, 'x', plain)).toMatchObject({
      status: 400,
      body: { error: { code: 'ERR_REQUEST_INVALID' } },
    })
    expect(await ask('/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'ERR_ROUTE_NOT_FOUND' } } })
    expect(await ask('/site-monitor/devices/a.1/telemetry?queryType=a%20b', reading)).toMatchObject({ status: 400 })
    expect(await ask('/site-monitor/devices/a%20b/state', reading)).toMatchObject({ status: 400 })
  })
})

describe('what is no request', () => {
  it.each(['/%zz', `/site-monitor/devices/${'x'.repeat(300)}/state`])(
    'the path %s is refused as every error is',
    async (path) => {
      await start()
      const { status, body } = await ask(path, reading)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(body).toMatchObject({ error: { code: expect.stringMatching(/^ERR_/) as unknown } })
    },
  )

  it.each([
    ['that is no HTTP', 'hello\r\n\r\n'],
    ['with a head that is too large', `GET /health HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(17_000)}\r\n\r\n`],
  ])('a message %s is refused as every error is', async (_, message) => {
    await start()
    const socket = connect(app.port, '127.0.0.1')
    socket.write(message)
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ error: { code: 'ERR_REQUEST_INVALID' } })
  })
})

describe('closing', () => {
  it('ends with requests under way, which get their answer if it comes soon', async () => {
    let finish = (_: object): void => undefined
    ork.answer({ 'telemetry.pull': () => new Promise((resolve) => (finish = resolve)) })
    await start()
    const pending = ask('/site-monitor/devices/a.1/telemetry', reading)
    await vi.waitFor(() => expect(ork.requests).toHaveLength(1), soon)
    const closed = app.close()
    finish({ deviceId: 'a.1' })
    expect(await pending).toEqual({ status: 200, body: { deviceId: 'a.1' } })
    await closed
  })

  it('does not wait long for a request that gets no answer', async () => {
    ork.answer({ 'telemetry.pull': silence })
    await start()
    const pending = ask('/site-monitor/devices/a.1/telemetry', reading)
    const outcome = pending.then(
      () => 'answered',
      () => 'cut',
    )
    await vi.waitFor(() => expect(ork.requests).toHaveLength(1), soon)
    await app.close()
    expect(await outcome).toBe('cut')
  })
})
