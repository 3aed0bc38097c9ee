import { randomUUID } from 'node:crypto'
import type { Announcement, NetworkNode } from '../../src/net/network-node.ts'
import { type Envelope, envelopesOf } from '../../src/protocol/envelope.ts'
import { encode, parseWorkerRequest } from '../../src/protocol/frames.ts'
import type { CommandResult, Pong, WorkerReplies, WorkerState } from '../../src/protocol/payloads.ts'
import type { WorkerContract } from '../../src/protocol/worker-contract.ts'

/** A worker that does as the test says: the protocol's other end, on a real or an in-memory network. */
export interface ScriptedWorker {
  readonly workerId: string
  readonly publicKey: string
  devices: string[]
  /** What it says its name is; its workerId unless set. */
  claimedId: string
  contract: unknown
  pong: Pong
  state: WorkerState['state']
  /** Keys that it lets in: ORK's, and what a test adds. */
  readonly admitted: Set<string>
  /** Told of every command that comes, also of those that it leaves without an answer. */
  onAsked: (request: Envelope) => void
  /** Actions that it leaves without an answer. */
  readonly silentOn: Set<string>
  /** What a pong waits for; nothing unless set. */
  onPing: () => Promise<void>
  /** What it tells of a device, or of all of them (null); numbers of its own unless set. */
  onTelemetry: (deviceId: string | null) => Promise<object | undefined>
  /** What each command comes to; SUCCESS unless set. A repeat gets what the first came to, as long as its pong has an instance. */
  onCommand: (request: Envelope) => Promise<Partial<CommandResult>>
  /** What becomes of each reply on its way out; it goes as it is unless set. */
  mangle: (reply: Buffer) => Buffer
  /** Commands that it ran, in order. */
  readonly ran: string[]
  /** Forgets the commands that it ran, and says so. */
  forget(): void
  /** Requests that it got, by action. */
  readonly asked: Map<string, number>
  /** The last of them, by action. */
  readonly last: Map<string, Envelope>
  announce(topic: string): Announcement
}

const contract: WorkerContract = {
  metadata: { provider: 'test', deviceFamily: 'miner', brand: 'test', modelsSupported: [], overview: 'a test device' },
  capabilities: {
    telemetry: [{ name: 'power', type: 'number', unit: 'W', description: 'power drawn' }],
    commands: [
      { name: 'reboot', params: [] },
      { name: 'identify', params: [], idempotent: true },
      {
        name: 'setPowerPct',
        params: [{ name: 'pct', type: 'number', required: true, min: 0, max: 100 }],
      },
    ],
    health: { supportedStates: ['OK', 'OFFLINE'] },
    errors: {},
  },
}

/** Serves as a worker on the node, which lets ORK in. */
export async function scriptedWorker(
  node: NetworkNode,
  { workerId, devices, orkKey }: { workerId: string; devices: string[]; orkKey: string },
): Promise<ScriptedWorker> {
  const remembered = new Map<unknown, Promise<unknown>>()
  const envelopes = envelopesOf(workerId, { newId: randomUUID, now: () => Date.now() })
  const worker: ScriptedWorker = {
    workerId,
    publicKey: node.publicKey,
    devices,
    claimedId: workerId,
    contract,
    pong: { status: 'OK', revision: 'r1', instanceId: randomUUID(), processId: randomUUID() },
    state: {},
    admitted: new Set([orkKey]),
    onAsked: () => undefined,
    silentOn: new Set(),
    onPing: () => Promise.resolve(),
    onTelemetry: () => Promise.resolve(undefined),
    onCommand: () => Promise.resolve({}),
    mangle: (reply) => reply,
    ran: [],
    forget() {
      remembered.clear()
      worker.pong = { ...worker.pong, instanceId: randomUUID() }
    },
    asked: new Map(),
    last: new Map(),
    announce: (topic) => node.announce(topic, node.publicKey),
  }
  await node.listen({
    admits: (publicKey) => worker.admitted.has(publicKey),
    async answer(message) {
      const parsed = parseWorkerRequest(message)
      if (parsed.kind === 'problem') throw new Error(parsed.error)
      const { envelope } = parsed
      const { action } = envelope
      worker.asked.set(action, (worker.asked.get(action) ?? 0) + 1)
      worker.last.set(action, envelope)
      if (action === 'command.request') worker.onAsked(envelope)
      if (worker.silentOn.has(action)) return new Promise<never>(() => undefined)
      const payload = await (action === 'command.request'
        ? runOnce(worker, remembered, envelope)
        : replyTo(worker, envelope))
      return worker.mangle(
        encode(envelopes.reply({ ...envelope, action: action as keyof WorkerReplies }, payload as never)),
      )
    },
  })
  return worker
}

function runOnce(
  worker: ScriptedWorker,
  remembered: Map<unknown, Promise<unknown>>,
  request: Envelope,
): Promise<unknown> {
  const { commandId } = request.payload
  const before = worker.pong.instanceId === undefined ? undefined : remembered.get(commandId)
  const result = before ?? run(worker, request)
  remembered.set(commandId, result)
  return result
}

async function run(worker: ScriptedWorker, request: Envelope): Promise<unknown> {
  worker.ran.push(String(request.payload['command']))
  return {
    commandId: request.payload['commandId'],
    status: 'SUCCESS',
    result: {},
    ...(await worker.onCommand(request)),
  }
}

async function replyTo(worker: ScriptedWorker, request: Envelope): Promise<unknown> {
  switch (request.action) {
    case 'identity.request':
      return { workerId: worker.claimedId, devices: worker.devices.map((deviceId) => ({ deviceId })), driver: 'test' }
    case 'capability.request':
      return { contract: worker.contract }
    case 'health.ping':
      await worker.onPing()
      return worker.pong
    case 'state.pull': {
      const online = Object.fromEntries(worker.devices.map((deviceId) => [deviceId, { status: 'online' }]))
      return { state: { ...online, ...worker.state }, workerId: worker.workerId, deviceCount: worker.devices.length }
    }
    case 'telemetry.pull':
      return (await worker.onTelemetry(request.deviceId)) ?? telemetryOf(worker, request)
    default:
      return { error: `ERR_UNKNOWN_ACTION: ${request.action}` }
  }
}

function telemetryOf({ devices }: ScriptedWorker, { deviceId, payload }: Envelope): object {
  const metrics = { power: 3000 }
  if (deviceId === null) return { devices: devices.map((device) => ({ deviceId: device, metrics })), timestamp: 1 }
  if (!devices.includes(deviceId)) return { error: 'ERR_DEVICE_NOT_FOUND' }
  return { deviceId, metrics, query: payload['query'], timestamp: 1 }
}
