import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ScriptedOrk, silence, startScriptedOrk } from '../../test/app-node/scripted-ork.ts'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { systemClock } from '../machine/clock.ts'
import { type MemoryNetwork, memoryNetwork } from '../net/memory-network.ts'
import { createOrkClient, type OrkClient, type OrkConnection } from './ork-client.ts'

const orkPair = keyPairOfSeed('01'.repeat(32))
const clientPair = keyPairOfSeed('02'.repeat(32))
const peer = { publicKey: orkPair.publicKey }

let network: MemoryNetwork
let ork: ScriptedOrk
let client: OrkClient
let connections: OrkConnection['kind'][]
beforeEach(async () => {
  network = memoryNetwork()
  ork = await startScriptedOrk(network.join(orkPair))
  connections = []
  client = createOrkClient({
    dialler: network.join(clientPair),
    sender: 'app-node',
    clock: systemClock,
    random: () => 0,
    newId: randomUUID,
    timing: {
      probeMs: 20,
      probeTimeoutMs: 40,
      dialTimeoutMs: 100,
      doubtMs: 20,
      paceMs: () => 10,
      linkWaitMs: 300,
      ownAnswerMs: 150,
      workerAnswerMs: 150,
    },
    onConnection: ({ kind }) => connections.push(kind),
  })
  client.setOrk(peer)
})
afterEach(async () => {
  client.close()
  await ork.close()
})

const workers = [{ workerId: 'w1', deviceIds: ['a.1'], state: 'READY', healthState: 'HEALTHY', rpcKey: 'ab' }]

describe('calls', () => {
  it('lists workers with what our ORK adds, and null for each from an upstream kernel', async () => {
    ork.answer({
      'worker.list': () => ({
        workers: [...workers, { ...workers[0], unhealthyDeviceIds: ['a.1'], driver: 'simulated', model: 'M1' }],
      }),
    })
    expect(await client.listWorkers()).toEqual({
      kind: 'ok',
      value: [
        { ...workers[0], unhealthyDeviceIds: null, driver: null, model: null },
        { ...workers[0], unhealthyDeviceIds: ['a.1'], driver: 'simulated', model: 'M1' },
      ],
    })
  })

  it('lists all workers and reads all of the site, page by page', async () => {
    const names = Array.from({ length: 1_100 }, (_, number) => `w${number}`)
    const pageOf = <Item>(payload: Readonly<Record<string, unknown>>, itemOf: (workerId: string) => Item) => {
      const [offset, limit] = [Number(payload['offset']), Number(payload['limit'])]
      return { workers: names.slice(offset, offset + limit).map(itemOf), total: names.length }
    }
    ork.answer({
      'worker.list': ({ payload }) => pageOf(payload, (workerId) => ({ ...workers[0], workerId })),
      'telemetry.pull': ({ payload }) => pageOf(payload, (workerId) => ({ workerId, devices: [] })),
    })
    const listed = await client.listWorkers()
    expect(listed.kind === 'ok' && listed.value.map(({ workerId }) => workerId)).toEqual(names)
    expect(ork.requests.map(({ payload }) => payload)).toEqual(
      [0, 500, 1_000].map((offset) => ({ offset, limit: 500 })),
    )
    const last = await client.listWorkersPage({ offset: 1_099, limit: 10 })
    expect(last).toMatchObject({ kind: 'ok', value: { items: [{ workerId: 'w1099' }], total: 1_100 } })
    const pulled = await client.pullSiteTelemetry({ type: 'list' })
    expect(pulled.kind === 'ok' && pulled.value.map(({ workerId }) => workerId)).toEqual(names)
    expect(ork.requests.at(-1)?.payload).toEqual({ scope: 'site', query: { type: 'list' }, offset: 1_050, limit: 50 })
  })

  it('sends an envelope with the device and the query, metrics unless another type is asked', async () => {
    ork.answer({ 'telemetry.pull': () => ({ deviceId: 'a.1', metrics: { hashrate: 1 }, timestamp: 5 }) })
    const answer = await client.pullTelemetry('a.1')
    expect(answer).toEqual({ kind: 'ok', value: { deviceId: 'a.1', metrics: { hashrate: 1 }, timestamp: 5 } })
    await client.pullTelemetry('a.1', { type: 'power' })
    expect(ork.requests).toMatchObject([
      {
        action: 'telemetry.pull',
        type: 'request',
        sender: 'app-node',
        deviceId: 'a.1',
        payload: { query: { type: 'metrics' } },
      },
      { payload: { query: { type: 'power' } } },
    ])
  })

  it.each([
    [{ error: 'ERR_DEVICE_NOT_FOUND' }, 'ERR_DEVICE_NOT_FOUND'],
    [{ deviceId: 'a.1', error: 'ERR_DEVICE_UNAVAILABLE: a.1' }, 'ERR_DEVICE_UNAVAILABLE'],
    [{}, 'ERR_WORKER_NOT_ROUTABLE'],
  ])('tells a failed pull %j from telemetry', async (reply, code) => {
    ork.answer({ 'telemetry.pull': () => reply, 'state.pull': () => reply })
    expect(await client.pullTelemetry('a.1')).toMatchObject({ kind: 'failed', code })
    expect(await client.pullState('a.1')).toMatchObject({ kind: 'failed', code })
  })

  it('sends a command with its parameters and follows it', async () => {
    ork.answer({
      'command.request': () => ({ commandId: 'c1', status: 'QUEUED' }),
      'command.status': () => ({ commandId: 'c1', status: 'FAILED', command: 'reboot', error: 'ERR_COMMAND_FAILED' }),
    })
    const accepted = await client.sendCommand('a.1', 'reboot', { delay: 1 })
    expect(accepted).toEqual({ kind: 'ok', value: { commandId: 'c1', status: 'QUEUED' } })
    expect(ork.requests[0]?.payload).toEqual({ command: 'reboot', params: { delay: 1 }, requesterId: 'app-node' })
    expect(await client.commandStatus('c1')).toMatchObject({
      value: { status: 'FAILED', error: { code: 'ERR_COMMAND_FAILED', message: 'the device refused the command' } },
    })
  })

  it('asks ORK to wait for the end of a command, and waits longer itself', async () => {
    ork.answer({ 'command.status': silence })
    const answer = client.commandStatus('c1', { waitMs: 100 })
    expect(await answer).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    expect(ork.requests).toMatchObject([{ payload: { commandId: 'c1', waitMs: 100 } }])
  })

  it('cancels a command once, and shows why it was not cancelled', async () => {
    ork.answer({ 'command.cancel': () => ({ commandId: 'c1', cancelled: false, error: 'ERR_COMMAND_NOT_FOUND' }) })
    expect(await client.cancelCommand('c1')).toMatchObject({
      kind: 'ok',
      value: { cancelled: false, error: { code: 'ERR_COMMAND_NOT_FOUND' } },
    })
    ork.answer({ 'command.cancel': silence })
    expect(await client.cancelCommand('c1')).toMatchObject({ code: 'ERR_COMMAND_FATE_UNKNOWN' })
    expect(ork.requests).toHaveLength(2)
  })

  it('refuses parameters that cannot be written, and sends nothing', async () => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    let deep: unknown[] = []
    for (let level = 0; level < 100_000; level += 1) deep = [deep]
    for (const params of [cyclic, { deep }, { large: 1n }])
      expect(await client.sendCommand('a.1', 'x', params)).toMatchObject({ code: 'ERR_REQUEST_INVALID' })
    expect(ork.requests.filter(({ action }) => action === 'command.request')).toEqual([])
  })

  it('gives the capabilities of a device', async () => {
    ork.answer({ 'device.capabilities': () => ({ capabilities: { commands: [] } }) })
    expect(await client.capabilities('a.1')).toEqual({ kind: 'ok', value: { commands: [] } })
  })

  it.each([
    ['ERR_PARAM_RANGE: power above max 100', 'ERR_PARAM_RANGE', 'power above max 100'],
    ['ERR_PAYLOAD_COMMAND_REQUIRED', 'ERR_REQUEST_INVALID', 'ORK does not accept the request'],
    ['ENOENT: /root/secret', 'ERR_INTERNAL', 'the peer gave a reason that this version does not know'],
    [`ERR_PARAM_TYPE: ${'x'.repeat(500)}`, 'ERR_PARAM_TYPE', `(${'x'.repeat(120)})`],
  ])('reads the refusal %s as a code of ours', async (error, code, text) => {
    ork.answer({ 'command.request': () => ({ error, status: 'REJECTED' }) })
    const answer = await client.sendCommand('a.1', 'reboot')
    expect(answer).toMatchObject({ kind: 'failed', code })
    expect(answer.kind === 'failed' && answer.message).toContain(text)
  })

  it.each([[Buffer.from('no json')], [{ workers: 'none' }]])(
    'fails on a reply outside the protocol: %s',
    async (reply) => {
      ork.answer({ 'worker.list': () => reply })
      expect(await client.listWorkers()).toMatchObject({ kind: 'failed', code: 'ERR_INTERNAL' })
    },
  )
})

describe('when ORK does not answer', () => {
  const silentOnce = () => {
    ork.answer({ 'health.ping': () => ({}) })
    return silence()
  }

  it('ends a question in time', async () => {
    ork.answer({ 'worker.list': silence })
    expect(await client.listWorkers()).toMatchObject({ kind: 'failed', code: 'ERR_ORK_UNREACHABLE' })
  })

  it('does not know the fate of a command that was sent, and sends it once', async () => {
    ork.answer({ 'command.request': silence })
    expect(await client.sendCommand('a.1', 'reboot')).toMatchObject({ code: 'ERR_COMMAND_FATE_UNKNOWN' })
    expect(ork.requests).toHaveLength(1)
  })

  it('sends a command with a key again when the link ends under it, with the same key', async () => {
    ork.answer({
      'command.request': () => {
        ork.answer({ 'command.request': () => ({ commandId: 'c1', status: 'QUEUED' }) })
        network.cut(orkPair.publicKey)
        network.restore(orkPair.publicKey)
        return silence()
      },
    })
    expect(await client.sendCommand('a.1', 'reboot', {}, { idempotencyKey: 'k1' })).toMatchObject({
      value: { commandId: 'c1' },
    })
    expect(ork.requests.map(({ payload }) => payload['idempotencyKey'])).toEqual(['k1', 'k1'])
  })

  it('does not know the fate of a command whose link ended under it', async () => {
    ork.answer({
      'command.request': () => {
        network.cut(orkPair.publicKey)
        return silence()
      },
    })
    expect(await client.sendCommand('a.1', 'reboot')).toMatchObject({ code: 'ERR_COMMAND_FATE_UNKNOWN' })
  })

  it('asks a question again when the link ends under it', async () => {
    ork.answer({
      'worker.list': () => {
        ork.answer({ 'worker.list': () => ({ workers }) })
        network.cut(orkPair.publicKey)
        network.restore(orkPair.publicKey)
        return silence()
      },
    })
    expect(await client.listWorkers()).toMatchObject({ kind: 'ok' })
  })

  it('asks a question again on the link that replaces a silent one', async () => {
    ork.answer({
      'worker.list': () => {
        ork.answer({ 'worker.list': () => ({ workers }), 'health.ping': silentOnce })
        return silence()
      },
    })
    expect(await client.listWorkers()).toMatchObject({ kind: 'ok' })
    expect(ork.requests).toHaveLength(2)
  })

  it('takes the answer of a link that was replaced, if it comes first', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    ork.answer({
      'worker.list': () => {
        ork.answer({ 'health.ping': silentOnce })
        ork.answer({
          'worker.list': () => {
            resolve({ workers })
            return silence()
          },
        })
        return promise
      },
    })
    expect(await client.listWorkers()).toMatchObject({ kind: 'ok' })
    expect(ork.requests).toHaveLength(2)
  })

  it('says that it was not sent when there is no ORK, and why', async () => {
    network.cut(orkPair.publicKey)
    expect(await client.sendCommand('a.1', 'reboot')).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    expect(client.connection()).toEqual({ kind: 'dialling', failure: 'unreachable' })
  })

  it('fails at once without a key', async () => {
    client.setOrk(null)
    expect(client.connection()).toEqual({ kind: 'keyless' })
    expect(await client.listWorkers()).toMatchObject({ code: 'ERR_ORK_KEY_MISSING' })
  })
})

describe('the link', () => {
  const connected = (): Promise<void> => vi.waitFor(() => expect(client.connection().kind).toBe('connected'))

  it('is opened before the first call and kept for all', async () => {
    ork.answer({ 'worker.list': () => ({ workers }) })
    await connected()
    await Promise.all([client.listWorkers(), client.listWorkers()])
    expect(ork.callers()).toEqual([clientPair.publicKey])
    expect(connections).toEqual(['connected'])
  })

  it('comes back by itself when ORK does, a restarted one with the same key as well', async () => {
    await connected()
    network.cut(orkPair.publicKey)
    await vi.waitFor(() => expect(client.connection().kind).toBe('dialling'))
    network.restore(orkPair.publicKey)
    await connected()
    await ork.close()
    await vi.waitFor(() => expect(client.connection().kind).toBe('dialling'))
    ork = await startScriptedOrk(network.join(orkPair), { 'worker.list': () => ({ workers }) })
    expect(await client.listWorkers()).toMatchObject({ kind: 'ok' })
  })

  it('is given up when ORK freezes, and works again when it goes on', async () => {
    await connected()
    network.freeze(orkPair.publicKey)
    await vi.waitFor(() => expect(client.connection().kind).toBe('dialling'))
    network.restore(orkPair.publicKey)
    await connected()
  })

  it('moves to another ORK when the key changes', async () => {
    await connected()
    const other = await startScriptedOrk(network.join(keyPairOfSeed('03'.repeat(32))), {
      'worker.list': () => ({ workers: [] }),
    })
    client.setOrk({ publicKey: keyPairOfSeed('03'.repeat(32)).publicKey })
    expect(await client.listWorkers()).toEqual({ kind: 'ok', value: [] })
    expect(ork.callers()).toEqual([])
    await other.close()
  })

  it('is closed with the client, and nothing is dialled afterwards', async () => {
    await connected()
    client.close()
    expect(ork.callers()).toEqual([])
    expect(connections).toEqual(['connected', 'dialling'])
  })
})
