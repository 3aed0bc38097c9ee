import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ScriptedWorker, scriptedWorker } from '../../test/ork/scripted-worker.ts'
import { pairOf } from '../../test/ork/test-site.ts'
import { type MemoryNetwork, memoryNetwork } from '../net/memory-network.ts'
import { createWorkerClient, type WorkerClient } from './worker-client.ts'

const { publicKey } = pairOf('w1')

let network: MemoryNetwork
let worker: ScriptedWorker
let client: WorkerClient
beforeEach(async () => {
  network = memoryNetwork()
  const clientPair = pairOf('client')
  const options = { workerId: 'w1', devices: ['d1'], orkKey: clientPair.publicKey }
  worker = await scriptedWorker(network.join(pairOf('w1')), options)
  client = createWorkerClient({ publicKey }, { node: network.join(clientPair) })
})
afterEach(() => client.close())

test('it gives identity, contract, sign of life, telemetry and state of the worker', async () => {
  expect(await client.getIdentity()).toMatchObject({ value: { workerId: 'w1', devices: [{ deviceId: 'd1' }] } })
  expect(await client.getContract()).toMatchObject({
    value: { capabilities: { commands: [{ name: 'reboot' }, {}, {}] } },
  })
  expect(await client.ping()).toMatchObject({ value: { status: 'OK' } })
  expect(await client.pullTelemetry('d1')).toMatchObject({ value: { query: { type: 'metrics' } } })
  expect(await client.pullTelemetry('d1', 'power')).toMatchObject({ value: { query: { type: 'power' } } })
  expect(await client.pullState()).toMatchObject({ value: { state: { d1: { status: 'online' } } } })
})

test('a device that the worker has not is told by its code', async () => {
  expect(await client.pullTelemetry('nobody')).toMatchObject({ kind: 'failed', code: 'ERR_DEVICE_NOT_FOUND' })
})

test('a command is the same one for the worker no matter how often its link ends: it is sent once', async () => {
  worker.onCommand = () => {
    network.cut(publicKey)
    return new Promise(() => undefined)
  }
  expect(await client.sendCommand('d1', 'reboot')).toMatchObject({ code: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(worker.ran).toEqual(['reboot'])
})

test('a worker that is silent ends a question in time, and leaves the fate of a command unknown', async () => {
  worker.silentOn.add('state.pull').add('command.request')
  expect(await client.pullState({ timeoutMs: 50 })).toMatchObject({ code: 'ERR_WORKER_TIMEOUT' })
  const options = { timeoutMs: 50, requestId: 'request-1' }
  expect(await client.sendCommand('d1', 'reboot', {}, options)).toMatchObject({ code: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(worker.last.get('command.request')).toMatchObject({ id: 'request-1', timeoutMs: 50 })
})

test('a worker that is away is not routable, and a command to it was not sent', async () => {
  network.cut(publicKey)
  expect(await client.sendCommand('d1', 'reboot', {}, { timeoutMs: 100 })).toMatchObject({
    code: 'ERR_WORKER_NOT_ROUTABLE',
  })
})

test('an answer that is none of the protocol is an internal failure', async () => {
  worker.contract = 'none'
  expect(await client.getContract()).toMatchObject({ kind: 'failed', code: 'ERR_INTERNAL' })
})
