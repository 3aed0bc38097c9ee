import { EventEmitter } from 'node:events'
import type { SecretStream } from 'hyperdht'
import { beforeEach, expect, test } from 'vitest'
import { type AnswerPace, createAnswerPace } from './answer-pace.ts'

const mebibyte = 1024 * 1024
const stream = () => Object.assign(new EventEmitter(), { destroying: false, destroy() {} })
let peer: ReturnType<typeof stream>
let drained: boolean
let cutOff: number
let answers: number
let pace: AnswerPace
beforeEach(() => {
  peer = stream()
  peer.destroy = () => Object.assign(peer, { destroying: true }).emit('close')
  ;[drained, cutOff, answers] = [false, 0, 0]
  pace = createAnswerPace({
    stream: peer as unknown as SecretStream,
    isDrained: () => drained,
    onTooMuch: () => (cutOff += 1),
  })
})

const ask = (sizeBytes: number, requestBytes = 10) =>
  pace(Buffer.alloc(requestBytes), () => {
    answers += 1
    return Promise.resolve(Buffer.alloc(sizeBytes))
  })
const turn = () => new Promise(setImmediate)

test('a peer that lags behind a little is answered at once', async () => {
  await Promise.all(Array.from({ length: 100 }, () => ask(4_096)))
  expect(answers).toBe(100)
})

test('a peer that has megabytes unread is answered when it has read them, one request after the other', async () => {
  await ask(5 * mebibyte)
  const held = [ask(5 * mebibyte), ask(5 * mebibyte)]
  await turn()
  expect(answers).toBe(1)
  drained = true
  peer.emit('drain')
  await held[0]
  drained = false
  await turn()
  expect(answers).toBe(2)
  drained = true
  peer.emit('drain')
  await held[1]
  expect(answers).toBe(3)
})

test('a peer that asks on and on without reading is cut off, and what it asked for is dropped', async () => {
  await ask(5 * mebibyte)
  const held = Array.from({ length: 20 }, () => ask(10, mebibyte))
  expect(cutOff).toBe(1)
  expect(await Promise.all(held)).toEqual(Array.from({ length: 20 }, () => Buffer.alloc(0)))
  expect(answers).toBe(1)
})

test('a peer that asks for too much at once and reads nothing of it is cut off', async () => {
  await Promise.all(Array.from({ length: 20 }, () => ask(5 * mebibyte)))
  expect([cutOff, answers]).toEqual([1, 20])
  await ask(5 * mebibyte)
  expect([cutOff, answers]).toEqual([1, 20])
})

test('a peer that has too many requests under way is cut off, and the rest of them is dropped', async () => {
  drained = true
  const asked = Array.from({ length: 20_000 }, () => ask(10))
  expect([cutOff, answers]).toEqual([1, 256])
  await Promise.all(asked)
  expect([cutOff, answers]).toEqual([1, 256])
})

test('of what a peer asks for at once only some begins in each turn, and what takes long holds up nobody', async () => {
  drained = true
  const slow = Array.from({ length: 256 }, () => pace(Buffer.alloc(10), () => new Promise<Buffer>(() => undefined)))
  const quick = ask(10)
  expect([slow.length, answers]).toEqual([256, 0])
  await quick
  expect(answers).toBe(1)
})

test('a peer that reads may have many answers that are large', async () => {
  drained = true
  await Promise.all(Array.from({ length: 40 }, () => ask(5 * mebibyte)))
  expect([cutOff, answers]).toEqual([0, 40])
})
