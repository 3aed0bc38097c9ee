import { describe, expect, test } from 'vitest'
import { protocolVersion } from './actions.ts'
import { buildEnvelope, correlationOf, envelopesOf, parseEnvelope } from './envelope.ts'

const stamp = { newId: () => 'id-1', now: () => 1_767_225_600_000 }
const good = {
  id: 'a',
  version: '0.1.0',
  type: 'request',
  action: 'health.ping',
  sender: 'ork:kernel:default',
  target: null,
  deviceId: null,
  timestamp: 1,
  payload: {},
}

describe('parseEnvelope', () => {
  test.each([
    ['a text', 'x', 'ERR_ENVELOPE_NOT_OBJECT'],
    ['null', null, 'ERR_ENVELOPE_NOT_OBJECT'],
    ['a list', [good], 'ERR_ENVELOPE_NOT_OBJECT'],
    ['no id', { ...good, id: undefined }, 'ERR_ENVELOPE_ID_MISSING'],
    ['an empty id', { ...good, id: '' }, 'ERR_ENVELOPE_ID_MISSING'],
    ['a version that is a number', { ...good, version: 1 }, 'ERR_ENVELOPE_VERSION_MISSING'],
    ['an empty version', { ...good, version: '' }, 'ERR_ENVELOPE_VERSION_MISSING'],
    ['an unknown type', { ...good, type: 'push' }, 'ERR_ENVELOPE_TYPE_INVALID'],
    ['an action that is a number', { ...good, action: 5 }, 'ERR_ENVELOPE_ACTION_INVALID'],
    ['no action', { ...good, action: undefined }, 'ERR_ENVELOPE_ACTION_INVALID'],
    ['an unknown action', { ...good, action: 'action.push' }, 'ERR_ENVELOPE_ACTION_UNKNOWN'],
    ['an action of the prototype', { ...good, action: 'constructor' }, 'ERR_ENVELOPE_ACTION_UNKNOWN'],
    ['an empty sender', { ...good, sender: '' }, 'ERR_ENVELOPE_SENDER_INVALID'],
    ['a timestamp of 0', { ...good, timestamp: 0 }, 'ERR_ENVELOPE_TIMESTAMP_INVALID'],
    ['a timestamp that is a text', { ...good, timestamp: '1' }, 'ERR_ENVELOPE_TIMESTAMP_INVALID'],
    ['a payload that is a list', { ...good, payload: [] }, 'ERR_ENVELOPE_PAYLOAD_INVALID'],
    ['a payload that is a text', { ...good, payload: 'x' }, 'ERR_ENVELOPE_PAYLOAD_INVALID'],
  ])('%s is refused', (_, value, error) => {
    expect(parseEnvelope(value)).toEqual({ kind: 'problem', error })
  })

  test('of several faults the first in the order of the protocol counts', () => {
    const faults = { version: '', type: '', action: 1, sender: '', timestamp: 0, payload: 1 }
    expect(parseEnvelope(faults)).toMatchObject({ error: 'ERR_ENVELOPE_ID_MISSING' })
    expect(parseEnvelope({ ...faults, id: 'a' })).toMatchObject({ error: 'ERR_ENVELOPE_VERSION_MISSING' })
    expect(parseEnvelope({ ...good, action: 'x', sender: '' })).toMatchObject({ error: 'ERR_ENVELOPE_ACTION_UNKNOWN' })
  })

  test.each([null, undefined])('a payload that is %s is the empty one', (payload) => {
    expect(parseEnvelope({ ...good, payload })).toMatchObject({ kind: 'ok', envelope: { payload: {} } })
  })

  test('any version passes, and so do fields that nobody knows', () => {
    expect(parseEnvelope({ ...good, version: 'seven', more: 1 })).toMatchObject({ kind: 'ok', envelope: { more: 1 } })
  })

  test('a target and a device that are no texts count as none', () => {
    const parsed = parseEnvelope({ ...good, target: 7, deviceId: undefined })
    expect(parsed).toMatchObject({ kind: 'ok', envelope: { target: null, deviceId: null } })
  })

  test.each([
    [{ correlationId: 'request-1', timeoutMs: 500 }, 'request-1', 500],
    [{ correlationId: 'two words', timeoutMs: '500' }, undefined, undefined],
    [{ correlationId: { id: 1 }, timeoutMs: -1 }, undefined, undefined],
  ])('of the fields that are ours alone %j counts as %s and %s', (fields, correlationId, timeoutMs) => {
    expect(parseEnvelope({ ...good, ...fields })).toMatchObject({ kind: 'ok', envelope: { correlationId, timeoutMs } })
  })
})

describe('correlationOf', () => {
  test.each([
    ['the request that it follows from', { id: 'a', correlationId: 'request-1' }, 'request-1'],
    ['itself where it says none', { id: 'a' }, 'a'],
    ['nothing where its id is not fit to be passed on', { id: 'x'.repeat(129) }, null],
  ])('names %s', (_, envelope, name) => {
    expect(correlationOf(envelope)).toBe(name)
  })
})

describe('buildEnvelope', () => {
  test.each([
    [{ type: 'request', action: '', sender: '' }, 'ERR_ENVELOPE_ACTION_REQUIRED'],
    [{ type: '' as 'request', action: 'health.ping', sender: '' }, 'ERR_ENVELOPE_TYPE_REQUIRED'],
    [{ type: 'request', action: 'health.ping', sender: '' }, 'ERR_ENVELOPE_SENDER_REQUIRED'],
  ] as const)('what is incomplete throws %s', (fields, message) => {
    expect(() => buildEnvelope(fields, stamp)).toThrow(message)
  })

  test('what is not given gets its default', () => {
    expect(buildEnvelope({ type: 'request', action: 'health.ping', sender: 'me' }, stamp)).toEqual({
      ...good,
      id: 'id-1',
      version: protocolVersion,
      sender: 'me',
      timestamp: 1_767_225_600_000,
    })
  })
})

describe('envelopesOf', () => {
  test('an action that a worker does not know is answered under the same action', () => {
    const asked = { action: 'write.calls.request', sender: 'kernel:kernel:default', deviceId: null }
    expect(envelopesOf('w1', stamp).unknownAction(asked)).toMatchObject({
      type: 'response',
      action: 'write.calls.request',
      sender: 'w1',
      target: 'kernel:kernel:default',
      payload: { error: 'ERR_UNKNOWN_ACTION: write.calls.request' },
    })
  })
})
