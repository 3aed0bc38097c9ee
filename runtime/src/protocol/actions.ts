/** What we write as `version`. Peers accept any text that isn't empty; 0.3 writes 0.1.0, 0.4 and later 0.2.0. */
export const protocolVersion = '0.2.0'

/**
 * Each request with the action of its reply envelope. Only workers reply in envelopes, so a request that only ORK serves
 * has none. `command.status.response` and `command.cancel.response` are in the catalogue and sent by nobody.
 */
export const replyActionOf = {
  'identity.request': 'identity.response',
  'capability.request': 'capability.response',
  'telemetry.pull': 'telemetry.response',
  'state.pull': 'state.response',
  'command.request': 'command.result',
  'command.status': 'command.status.response',
  'command.cancel': 'command.cancel.response',
  'health.ping': 'health.pong',
  'worker.list': null,
  'device.capabilities': null,
  'worker.terminate': null,
} as const

/** What may be asked. */
export type RequestAction = keyof typeof replyActionOf
/** What a reply envelope may be called. */
type ReplyAction = Exclude<(typeof replyActionOf)[RequestAction], null>
/** The catalogue. */
export type Action = RequestAction | ReplyAction

const catalogue: ReadonlySet<string> = new Set([
  ...Object.keys(replyActionOf),
  ...Object.values(replyActionOf).filter((action) => action !== null),
])

/** Whether the catalogue has the action; what it hasn't is answered with ERR_ENVELOPE_ACTION_UNKNOWN by ORK. */
export function isAction(action: string): action is Action {
  return catalogue.has(action)
}
