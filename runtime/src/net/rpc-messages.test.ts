import c from 'compact-encoding'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../test/random/seeded-random.ts'
import { parseRequest, parseResponse, requestEncoding, responseEncoding, traitsEncoding } from './rpc-messages.ts'

const text = (bytes: string) => Buffer.from(bytes)

test('a request is its id, its method and its value, each text and value behind its length', () => {
  const request = { id: 7, method: 'mdk', value: text('hello') }
  const bytes = Buffer.from([7, 3, ...text('mdk'), 5, ...text('hello')])
  expect(Buffer.from(c.encode(requestEncoding, request))).toEqual(bytes)
  expect(parseRequest(bytes)).toEqual(request)
})

test('a response is its flags, its id and its value', () => {
  const response = { id: 300, value: text('x') }
  const bytes = Buffer.from([0, 0xfd, 0x2c, 0x01, 1, ...text('x')])
  expect(Buffer.from(c.encode(responseEncoding, response))).toEqual(bytes)
  expect(parseResponse(bytes)).toEqual(response)
})

test('an error takes the place of the value, with its code if there is one, and what caused it is not read', () => {
  const refused = { id: 1, code: 'REQUEST_ERROR', message: 'no' }
  const bytes = Buffer.from([0b11, 1, 2, ...text('no'), 13, ...text('REQUEST_ERROR')])
  expect(Buffer.from(c.encode(responseEncoding, refused))).toEqual(bytes)
  expect(parseResponse(bytes)).toEqual(refused)
  const caused = Buffer.from([0b111, ...bytes.subarray(1), 3, ...text('why'), 0])
  expect(parseResponse(caused)).toEqual(refused)
  expect(parseResponse(Buffer.from([0b1, 1, 2, ...text('no')]))).toEqual({ id: 1, code: null, message: 'no' })
})

test('no value and an empty one are the same', () => {
  expect(parseRequest(Buffer.from([1, 3, ...text('mdk'), 0]))?.value).toEqual(Buffer.alloc(0))
  expect(parseResponse(Buffer.from([0, 1, 0]))).toEqual({ id: 1, value: Buffer.alloc(0) })
})

test('whatever the bytes are, they are a message or null', () => {
  const random = seededRandom(7)
  const byte = () => Math.floor(random() * (random() < 0.5 ? 6 : 256))
  for (let round = 0; round < 20_000; round += 1) {
    const frame = Buffer.from(Array.from({ length: byte() % 24 }, byte))
    for (const parsed of [parseRequest(frame), parseResponse(frame)]) expect(parsed?.id ?? 0).toBeGreaterThanOrEqual(0)
  }
})

test('what a peer says of itself is one byte, and a peer that says nothing, or more, is understood', () => {
  const read = (...bytes: number[]) =>
    traitsEncoding.decode({ start: 0, end: bytes.length, buffer: Buffer.from(bytes) })
  expect([...c.encode(traitsEncoding, { answersEach: true })]).toEqual([1])
  expect([read(1), read(0xff, 7), read(0), read()].map(({ answersEach }) => answersEach)).toEqual([
    true,
    true,
    false,
    false,
  ])
})
