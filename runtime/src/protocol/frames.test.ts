import { describe, expect, test } from 'vitest'
import { envelopesOf } from './envelope.ts'
import {
  encode,
  parseOrkReply,
  parseOrkRequest,
  parseWorkerReply,
  parseWorkerRequest,
  refuseTooLarge,
} from './frames.ts'

const stamp = { newId: () => 'id', now: () => 1 }
const asked = { action: 'identity.request', sender: 'ork', deviceId: null } as const
const identity = { workerId: 'w', devices: [] }
const worker = envelopesOf('w', stamp)
const tooDeep = Buffer.from(`{"action":"worker.list","x":${'['.repeat(1_000)}${']'.repeat(1_000)}}`)
const notJson = Buffer.from('{"action":')

describe('encode', () => {
  test.each([null, undefined])('%s becomes an empty object', (value) => {
    expect(encode(value).toString()).toBe('{}')
  })
  test('a number stays one', () => expect(encode(1).toString()).toBe('1'))
})

test('a reply of 15 MB is sent, a byte more is refused by name', () => {
  const largest = Buffer.alloc(15_000_000)
  expect(refuseTooLarge(largest)).toBe(largest)
  expect(refuseTooLarge(Buffer.alloc(15_000_001)).toString()).toBe('{"error":"ERR_REPLY_TOO_LARGE"}')
})

describe('parseWorkerRequest', () => {
  test('what has an action passes, and what it lacks is empty', () => {
    expect(parseWorkerRequest(encode({ action: 'whatever', payload: null }))).toEqual({
      kind: 'ok',
      envelope: {
        id: '',
        version: '',
        type: 'request',
        action: 'whatever',
        sender: '',
        target: null,
        deviceId: null,
        timestamp: 0,
        payload: {},
      },
    })
  })
  test.each([
    [notJson, 'ERR_REQUEST_INVALID'],
    [encode([]), 'ERR_ENVELOPE_NOT_OBJECT'],
    [encode({}), 'ERR_ENVELOPE_ACTION_INVALID'],
    [encode({ action: '' }), 'ERR_ENVELOPE_ACTION_INVALID'],
    [tooDeep, 'ERR_REQUEST_INVALID'],
  ])('%s is refused with %s', (frame, error) => {
    expect(parseWorkerRequest(frame)).toEqual({ kind: 'problem', error })
  })
})

describe('parseOrkRequest', () => {
  test('what is no JSON is refused', () => {
    expect(parseOrkRequest(notJson)).toEqual({ kind: 'problem', error: 'ERR_REQUEST_INVALID' })
  })
  test('what is nested so deep that it could not be written again is refused', () => {
    expect(parseOrkRequest(tooDeep)).toEqual({ kind: 'problem', error: 'ERR_REQUEST_INVALID' })
  })
})

describe('parseWorkerReply', () => {
  test('an error without an envelope is a refusal', () => {
    const frame = encode({ error: 'ERR_INTERNAL' })
    expect(parseWorkerReply('health.ping', frame)).toEqual({ kind: 'refused', error: 'ERR_INTERNAL' })
  })
  test('an unknown action is a refusal', () => {
    const frame = encode(worker.unknownAction({ ...asked, action: 'health.ping' }))
    expect(parseWorkerReply('health.ping', frame)).toEqual({
      kind: 'refused',
      error: 'ERR_UNKNOWN_ACTION: health.ping',
    })
  })
  test('a reply to another question is malformed', () => {
    const frame = encode(worker.reply(asked, identity))
    expect(parseWorkerReply('health.ping', frame)).toEqual({ kind: 'malformed', error: 'ERR_ENVELOPE_ACTION_INVALID' })
  })
  test('a payload that does not fit is malformed, with its code', () => {
    const frame = encode({ ...worker.reply(asked, identity), payload: { workerId: 'w', devices: [{}] } })
    expect(parseWorkerReply('identity.request', frame)).toEqual({
      kind: 'malformed',
      error: 'ERR_PAYLOAD_DEVICE_INVALID at index 0',
    })
  })
  test.each([
    [notJson, 'ERR_REQUEST_INVALID'],
    [encode([]), 'ERR_ENVELOPE_NOT_OBJECT'],
    [encode({}), 'ERR_ENVELOPE_ID_MISSING'],
    [tooDeep, 'ERR_REQUEST_INVALID'],
  ])('%s is malformed', (frame, error) => {
    expect(parseWorkerReply('health.ping', frame)).toEqual({ kind: 'malformed', error })
  })
})

describe('parseOrkReply', () => {
  test.each([
    [notJson, 'ERR_REQUEST_INVALID'],
    [encode(1), 'ERR_PAYLOAD_NOT_OBJECT'],
  ])('%s is malformed', (frame, error) => {
    expect(parseOrkReply('worker.list', frame)).toEqual({ kind: 'malformed', error })
  })
})
