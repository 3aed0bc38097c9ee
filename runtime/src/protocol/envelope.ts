import { type Action, isAction, protocolVersion, type RequestAction, replyActionOf } from './actions.ts'
import { isFilledText } from './filled-text.ts'
import type { OrkRequests, WorkerReplies, WorkerRequests } from './payloads.ts'
import { isVisibleName } from './visible-name.ts'

type EnvelopeType = 'request' | 'response' | 'event'

/** The one frame of the wire. `id` is never matched: the RPC layer pairs requests with replies. */
export interface Envelope<A extends string = string, Payload = Readonly<Record<string, unknown>>> {
  readonly id: string
  readonly version: string
  readonly type: EnvelopeType
  readonly action: A
  readonly sender: string
  readonly target: string | null
  readonly deviceId: string | null
  /** Milliseconds since the epoch, never 0. */
  readonly timestamp: number
  /** Ours alone: the `id` of the client's request that this one follows from. See `correlationOf`. */
  readonly correlationId?: string | undefined
  /** Ours alone: how long the sender waits for the answer, at most. A duration, since clocks differ. */
  readonly timeoutMs?: number | undefined
  readonly payload: Payload
}

/** Why an envelope is refused, in the order in which it is looked at; upstream's codes. */
type EnvelopeError =
  | 'ERR_ENVELOPE_NOT_OBJECT'
  | 'ERR_ENVELOPE_ID_MISSING'
  | 'ERR_ENVELOPE_VERSION_MISSING'
  | 'ERR_ENVELOPE_TYPE_INVALID'
  | 'ERR_ENVELOPE_ACTION_INVALID'
  | 'ERR_ENVELOPE_ACTION_UNKNOWN'
  | 'ERR_ENVELOPE_SENDER_INVALID'
  | 'ERR_ENVELOPE_TIMESTAMP_INVALID'
  | 'ERR_ENVELOPE_PAYLOAD_INVALID'

/** Where ids and timestamps come from. */
export interface Stamp {
  /** A fresh UUID (version 4). */
  newId(): string
  now(): number
}

/** Builds the envelopes of one sender. */
export interface Envelopes {
  readonly sender: string
  /** A request to a worker. */
  toWorker<A extends keyof WorkerRequests>(action: A, payload: WorkerRequests[A], to?: Address): Envelope<A>
  /** A request to ORK. */
  toOrk<A extends keyof OrkRequests>(action: A, payload: OrkRequests[A], to?: Address): Envelope<A>
  /** A worker's reply: back to the sender, about the same device, under the action that belongs to the request. */
  reply<A extends keyof WorkerReplies>(request: Asked<A>, payload: WorkerReplies[A]): Envelope
  /** A worker's reply to what it doesn't know: the same action, with ERR_UNKNOWN_ACTION in the payload. */
  unknownAction(request: Asked): Envelope
}

/** What a request says besides action and payload. */
export interface Address extends Pick<Envelope, 'correlationId' | 'timeoutMs'> {
  /** A fresh UUID unless given. */
  readonly id?: string | undefined
  readonly target?: string | null
  readonly deviceId?: string | null
}

/** What a reply takes from its request. */
export type Asked<A extends string = string> = Pick<Envelope<A>, 'action' | 'sender' | 'deviceId'>

/** An envelope lacks what every envelope has: a bug of the caller. The message is upstream's code. */
class EnvelopeIncomplete extends Error {
  override readonly name = 'EnvelopeIncomplete'
}

/** Builds one envelope; throws EnvelopeIncomplete. */
export function buildEnvelope<A extends string>(
  fields: Pick<Envelope<A>, 'action' | 'type' | 'sender'> & {
    readonly [Field in keyof Envelope]?: Envelope[Field] | undefined
  },
  stamp: Stamp,
): Envelope<A> {
  if (fields.action === '') throw new EnvelopeIncomplete('ERR_ENVELOPE_ACTION_REQUIRED')
  if (!isEnvelopeType(fields.type)) throw new EnvelopeIncomplete('ERR_ENVELOPE_TYPE_REQUIRED')
  if (fields.sender === '') throw new EnvelopeIncomplete('ERR_ENVELOPE_SENDER_REQUIRED')
  return {
    id: fields.id ?? stamp.newId(),
    version: fields.version ?? protocolVersion,
    type: fields.type,
    action: fields.action,
    sender: fields.sender,
    target: fields.target ?? null,
    deviceId: fields.deviceId ?? null,
    timestamp: fields.timestamp ?? stamp.now(),
    correlationId: fields.correlationId,
    timeoutMs: fields.timeoutMs,
    payload: fields.payload ?? {},
  }
}

export function envelopesOf(sender: string, stamp: Stamp): Envelopes {
  const request = <A extends RequestAction>(action: A, payload: object, to: Address = {}): Envelope<A> =>
    buildEnvelope(
      {
        type: 'request',
        action,
        sender,
        id: to.id,
        target: to.target ?? null,
        deviceId: to.deviceId ?? null,
        correlationId: to.correlationId,
        timeoutMs: to.timeoutMs,
        payload: { ...payload },
      },
      stamp,
    )
  const response = (asked: Asked, action: string, payload: object): Envelope =>
    buildEnvelope(
      { type: 'response', action, sender, target: asked.sender, deviceId: asked.deviceId, payload: { ...payload } },
      stamp,
    )
  return {
    sender,
    toWorker: request,
    toOrk: request,
    reply: (asked, payload) => response(asked, replyActionOf[asked.action], payload),
    unknownAction: (asked) => response(asked, asked.action, { error: `ERR_UNKNOWN_ACTION: ${asked.action}` }),
  }
}

/** An envelope whose structure is right. Whether the payload fits its action is asked of `payloadProblem`. */
export type ParsedEnvelope =
  | { readonly kind: 'ok'; readonly envelope: Envelope<Action> }
  | { readonly kind: 'problem'; readonly error: EnvelopeError }

/** Checks structure as upstream does, first failure wins. An absent or null payload becomes `{}`. */
export function parseEnvelope(value: unknown): ParsedEnvelope {
  if (!isPlainObject(value)) return { kind: 'problem', error: 'ERR_ENVELOPE_NOT_OBJECT' }
  for (const [error, holds] of rules) {
    if (!holds(value)) return { kind: 'problem', error }
  }
  const checked = value as unknown as Envelope<Action>
  return {
    kind: 'ok',
    envelope: {
      ...checked,
      target: textOrNull(value['target']),
      deviceId: textOrNull(value['deviceId']),
      ...parseOwnFields(value),
      payload: isPlainObject(value['payload']) ? value['payload'] : {},
    },
  }
}

/** Reads the fields that are ours alone. Whatever is no value of theirs counts as absent: a peer may have a field of that name. */
export function parseOwnFields({
  correlationId,
  timeoutMs,
}: Readonly<Record<string, unknown>>): Pick<Envelope, 'correlationId' | 'timeoutMs'> {
  return {
    correlationId: isRequestId(correlationId) ? correlationId : undefined,
    timeoutMs: typeof timeoutMs === 'number' && timeoutMs > 0 ? timeoutMs : undefined,
  }
}

/**
 * What names the request of the client that this one is or follows from, for logs; null if it has no name that is fit to be kept
 * and passed on.
 */
export function correlationOf({ id, correlationId }: Pick<Envelope, 'id' | 'correlationId'>): string | null {
  return correlationId ?? (isRequestId(id) ? id : null)
}

/** Whether it is fit to name a request in logs: 1 to 128 visible ASCII characters. */
export function isRequestId(value: unknown): value is string {
  return isVisibleName(value)
}

const rules: readonly (readonly [EnvelopeError, (value: Readonly<Record<string, unknown>>) => boolean])[] = [
  ['ERR_ENVELOPE_ID_MISSING', (value) => isFilledText(value['id'])],
  ['ERR_ENVELOPE_VERSION_MISSING', (value) => isFilledText(value['version'])],
  ['ERR_ENVELOPE_TYPE_INVALID', (value) => isEnvelopeType(value['type'])],
  ['ERR_ENVELOPE_ACTION_INVALID', (value) => typeof value['action'] === 'string'],
  ['ERR_ENVELOPE_ACTION_UNKNOWN', (value) => typeof value['action'] === 'string' && isAction(value['action'])],
  ['ERR_ENVELOPE_SENDER_INVALID', (value) => isFilledText(value['sender'])],
  ['ERR_ENVELOPE_TIMESTAMP_INVALID', (value) => typeof value['timestamp'] === 'number' && value['timestamp'] !== 0],
  ['ERR_ENVELOPE_PAYLOAD_INVALID', (value) => (value['payload'] ?? null) === null || isPlainObject(value['payload'])],
]

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEnvelopeType(value: unknown): value is EnvelopeType {
  return value === 'request' || value === 'response' || value === 'event'
}

/** The text, also an empty one. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
