import type { ErrorCode } from '../contract/error-codes.ts'
import { replyActionOf } from './actions.ts'
import { type Envelope, isPlainObject, parseEnvelope, parseOwnFields, textOrNull } from './envelope.ts'
import { isTooDeep } from './nesting.ts'
import { payloadProblem } from './payload-rules.ts'
import type { OrkReplies, WorkerReplies } from './payloads.ts'

/** The bytes of an envelope or a bare reply. Null and undefined become `{}`, as upstream's kernel does. */
export function encode(message: unknown): Buffer {
  return Buffer.from(JSON.stringify(message ?? {}))
}

/** The bytes that refuse a request: `{error}`, and for commands `{error, status: 'REJECTED'}`. */
export function encodeError(error: string, status?: 'REJECTED'): Buffer {
  return encode(status === undefined ? { error } : { error, status })
}

/** A stream carries no message of 16 MiB, and some of it is the frame's own. */
export const maxReplyBytes = 15_000_000

/** The reply as it is, or what refuses one that is too large to be sent. */
export function refuseTooLarge(reply: Buffer): Buffer {
  return reply.length <= maxReplyBytes ? reply : encodeError('ERR_REPLY_TOO_LARGE' satisfies ErrorCode)
}

/** A request as it arrived, or the error to answer with. */
export type ParsedRequest =
  | { readonly kind: 'ok'; readonly envelope: Envelope }
  | { readonly kind: 'problem'; readonly error: string }

/** Reads what a client sent to ORK: structure is checked, the payload isn't. */
export function parseOrkRequest(frame: Buffer): ParsedRequest {
  const json = parseShallowJson(frame)
  return json.kind === 'problem' ? json : parseEnvelope(json.value)
}

/**
 * Reads what somebody sent to a worker. A worker looks at nothing but the action, so this lets pass whatever has one; what
 * is missing gets an empty value.
 */
export function parseWorkerRequest(frame: Buffer): ParsedRequest {
  const json = parseShallowJson(frame)
  if (json.kind === 'problem') return json
  const { value } = json
  if (!isPlainObject(value)) return { kind: 'problem', error: 'ERR_ENVELOPE_NOT_OBJECT' }
  const action = value['action']
  if (typeof action !== 'string' || action === '') return { kind: 'problem', error: 'ERR_ENVELOPE_ACTION_INVALID' }
  return {
    kind: 'ok',
    envelope: {
      id: textOrNull(value['id']) ?? '',
      version: textOrNull(value['version']) ?? '',
      type: 'request',
      action,
      sender: textOrNull(value['sender']) ?? '',
      target: textOrNull(value['target']),
      deviceId: textOrNull(value['deviceId']),
      timestamp: typeof value['timestamp'] === 'number' ? value['timestamp'] : 0,
      ...parseOwnFields(value),
      payload: isPlainObject(value['payload']) ? value['payload'] : {},
    },
  }
}

/**
 * What came back. `refused`: the peer understood and says no, with its code; `malformed`: what it sent isn't a reply to what
 * was asked, with the code of what is wrong.
 */
export type ParsedReply<Reply> =
  | { readonly kind: 'ok'; readonly reply: Reply }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'malformed'; readonly error: string }

/** What is in a reply is kept, or compared; but telemetry is only passed on, and is a hundred megabytes for a large site. */
const jsonReaders: Readonly<Record<keyof WorkerReplies, (frame: Buffer) => Json>> = {
  'identity.request': parseShallowJson,
  'capability.request': parseShallowJson,
  'telemetry.pull': parseJson,
  'state.pull': parseShallowJson,
  'command.request': parseShallowJson,
  'health.ping': parseShallowJson,
}

/**
 * Reads a worker's reply. `{error}` without an envelope, and a payload that is nothing but an error, are refusals; but an
 * error beside other fields (telemetry of a device that failed, a FAILED command) belongs to the reply.
 */
export function parseWorkerReply<A extends keyof WorkerReplies>(
  action: A,
  frame: Buffer,
): ParsedReply<WorkerReplies[A]> {
  const json = jsonReaders[action](frame)
  if (json.kind === 'problem') return { kind: 'malformed', error: json.error }
  const { value } = json
  if (isPlainObject(value) && value['action'] === undefined && typeof value['error'] === 'string') {
    return { kind: 'refused', error: value['error'] }
  }
  const parsed = parseEnvelope(value)
  if (parsed.kind === 'problem') return { kind: 'malformed', error: parsed.error }
  const { envelope } = parsed
  const onlyError = Object.keys(envelope.payload).length === 1 ? envelope.payload['error'] : undefined
  if (typeof onlyError === 'string') return { kind: 'refused', error: onlyError }
  if (envelope.action !== replyActionOf[action]) return { kind: 'malformed', error: 'ERR_ENVELOPE_ACTION_INVALID' }
  const problem = payloadProblem(envelope.action, envelope.payload)
  if (problem !== null) return { kind: 'malformed', error: problem }
  return { kind: 'ok', reply: envelope.payload as unknown as WorkerReplies[A] }
}

/** Reads ORK's bare reply. An `error` that isn't a device's or a finished command's own is a refusal. */
export function parseOrkReply<A extends keyof OrkReplies>(action: A, frame: Buffer): ParsedReply<OrkReplies[A]> {
  const json = parseJson(frame)
  if (json.kind === 'problem') return { kind: 'malformed', error: json.error }
  const { value } = json
  if (!isPlainObject(value)) return { kind: 'malformed', error: 'ERR_PAYLOAD_NOT_OBJECT' }
  if (typeof value['error'] === 'string' && isRefusal(value)) return { kind: 'refused', error: value['error'] }
  return { kind: 'ok', reply: value as unknown as OrkReplies[A] }
}

function isRefusal(value: Readonly<Record<string, unknown>>): boolean {
  return value['status'] === 'REJECTED' || (value['commandId'] === undefined && value['deviceId'] === undefined)
}

type Json = { readonly kind: 'ok'; readonly value: unknown } | { readonly kind: 'problem'; readonly error: ErrorCode }

/** What is kept must be such as can be written again. */
function parseShallowJson(frame: Buffer): Json {
  return isTooDeep(frame) ? { kind: 'problem', error: 'ERR_REQUEST_INVALID' } : parseJson(frame)
}

function parseJson(frame: Buffer): Json {
  try {
    const value: unknown = JSON.parse(frame.toString())
    return { kind: 'ok', value }
  } catch {
    return { kind: 'problem', error: 'ERR_REQUEST_INVALID' }
  }
}
