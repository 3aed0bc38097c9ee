/** A worker's side of the protocol: one request in, one reply envelope out. */
import { correlationOf, type Envelope, type Envelopes } from '../protocol/envelope.ts'
import { filledText } from '../protocol/filled-text.ts'
import { encode, encodeError, parseWorkerRequest, refuseTooLarge } from '../protocol/frames.ts'
import { parseQuery } from '../protocol/parse-query.ts'
import type { Pong, WorkerReplies, WorkerState } from '../protocol/payloads.ts'
import type { Commands } from './commands.ts'
import type { DeviceSet } from './device-set.ts'
import type { KeptMemory } from './memory/keep-memory.ts'
import { answerTelemetry, type TelemetryPorts } from './telemetry.ts'

export interface AnsweringPorts extends TelemetryPorts {
  readonly devices: DeviceSet
  readonly commands: Commands
  readonly envelopes: Envelopes
  readonly memory: Pick<KeptMemory, 'current' | 'problem'>
  /** Another one with each start. */
  readonly processId: string
}

type Replies = {
  readonly [Action in keyof WorkerReplies]: (
    ports: AnsweringPorts,
    request: Envelope,
  ) => WorkerReplies[Action] | Promise<WorkerReplies[Action]>
}

const replies: Replies = {
  'identity.request': ({ workerId, contract, devices, processId }) => {
    const { driver, model } = contract.metadata
    return { workerId, driver, model, devices: devices.list().map(({ entry }) => ({ deviceId: entry.id })), processId }
  },
  'capability.request': ({ contract }) => ({ contract }),
  'telemetry.pull': (ports, request) => answerTelemetry(ports, deviceIn(request), parseQuery(request.payload['query'])),
  'state.pull': stateOf,
  'command.request': ({ commands }, request) => {
    const terms = { correlationId: correlationOf(request), timeoutMs: request.timeoutMs }
    return commands.run(deviceIn(request), request.payload, terms)
  },
  'health.ping': pongOf,
}

/** Answers one frame. Accepts whatever has an action, as every worker does; rejects only for bugs. */
export async function answerFrame(ports: AnsweringPorts, frame: Buffer): Promise<Buffer> {
  const parsed = parseWorkerRequest(frame)
  if (parsed.kind === 'problem') return encodeError(parsed.error)
  const request = parsed.envelope
  const action = request.action
  if (!isServed(action)) return encode(ports.envelopes.unknownAction(request))
  const payload = await replies[action](ports, request)
  return refuseTooLarge(encode(ports.envelopes.reply({ ...request, action }, payload)))
}

function isServed(action: string): action is keyof WorkerReplies {
  return Object.hasOwn(replies, action)
}

/** DEGRADED while commands can't be written down, or a device is away or faulty. */
function pongOf({ devices, memory, processId }: AnsweringPorts): Pong {
  const [revision, problem, kept] = [devices.revision(), memory.problem(), memory.current()]
  const isWell = problem === null && devices.list().every((device) => device.state().error === null)
  return {
    status: isWell ? 'OK' : 'DEGRADED',
    ...(kept !== null && { instanceId: kept.instanceId }),
    processId,
    ...(revision !== null && { revision }),
    ...(problem !== null && { problem }),
  }
}

/** Always the whole worker, whatever device is named: that is what ORK's health of devices is made of. */
function stateOf({ devices, workerId }: AnsweringPorts): WorkerState {
  const list = devices.list()
  return {
    state: Object.fromEntries(
      list.map((device) => {
        const { status, since, error } = device.state()
        return [device.entry.id, { status, since, ...(error !== null && { error }) }]
      }),
    ),
    workerId,
    deviceCount: list.length,
  }
}

/** ORK names the device in the envelope and, for telemetry, in the payload too. */
function deviceIn({ deviceId, payload }: Envelope): string | null {
  return deviceId ?? filledText(payload['deviceId'])
}
