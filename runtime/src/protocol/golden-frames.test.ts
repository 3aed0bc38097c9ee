import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { replyActionOf } from './actions.ts'
import { type Asked, type Envelope, envelopesOf } from './envelope.ts'
import { encode, encodeError, parseOrkReply, parseOrkRequest, parseWorkerReply, parseWorkerRequest } from './frames.ts'
import { payloadProblem } from './payload-rules.ts'
import type { OrkRequests, WorkerReplies, WorkerRequests } from './payloads.ts'

// The wire as the protocol's specification has it. A file holds what we send for an action, byte by byte, and under
// `peers` what peers of other versions send and we take.

interface WorkerGolden {
  readonly request: Envelope
  readonly reply: Envelope
  readonly failed?: Envelope
  readonly peers: Readonly<Record<string, Envelope>>
}

interface OrkGolden {
  readonly request: Envelope
  readonly reply: Readonly<Record<string, unknown>>
  readonly peers: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly refusals: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

type WorkerAction = keyof WorkerRequests
type OrkAction = keyof OrkRequests

function readGolden<Golden>(folder: string): (readonly [string, Golden])[] {
  const url = new URL(`golden/${folder}/`, import.meta.url)
  return readdirSync(url).map(
    (name) => [name.replace('.json', ''), JSON.parse(readFileSync(new URL(name, url), 'utf8')) as Golden] as const,
  )
}

const workerGoldens = readGolden<WorkerGolden>('worker') as (readonly [WorkerAction, WorkerGolden])[]
const orkGoldens = readGolden<OrkGolden>('ork') as (readonly [OrkAction, OrkGolden])[]

const stampOf = ({ id, timestamp }: Envelope) => ({ newId: () => id, now: () => timestamp })
const frame = (value: unknown) => Buffer.from(JSON.stringify(value))
const isEnvelope = (value: Readonly<Record<string, unknown>>) => 'action' in value

describe('golden frames', () => {
  test('each request of the catalogue has a golden frame', () => {
    const have = new Set([...workerGoldens, ...orkGoldens].map(([action]) => action))
    expect([...have].sort()).toEqual(Object.keys(replyActionOf).sort())
  })

  test.each(workerGoldens)('%s to a worker is written as the protocol has it', (action, { request }) => {
    const payload = request.payload as unknown as WorkerRequests[WorkerAction]
    const built = envelopesOf(request.sender, stampOf(request)).toWorker(action, payload, request)
    expect(encode(built).toString()).toBe(JSON.stringify(request))
  })

  test.each(workerGoldens)('the reply of a worker to %s is written as the protocol has it', (_, golden) => {
    for (const reply of [golden.reply, golden.failed ?? golden.reply]) {
      const asked = golden.request as unknown as Asked<WorkerAction>
      const payload = reply.payload as unknown as WorkerReplies[WorkerAction]
      const built = envelopesOf(reply.sender, stampOf(reply)).reply(asked, payload)
      expect(encode(built).toString()).toBe(JSON.stringify(reply))
    }
  })

  test.each(workerGoldens)('a worker takes %s of every peer', (action, golden) => {
    const requests = [golden.request, ...Object.values(golden.peers)].filter(({ type }) => type === 'request')
    for (const request of requests) {
      const parsed = parseWorkerRequest(frame(request))
      expect(parsed).toEqual({ kind: 'ok', envelope: request })
      expect(payloadProblem(action, request.payload)).toBeNull()
    }
  })

  test.each(workerGoldens)('ORK takes the reply to %s of every peer', (action, golden) => {
    const replies = [golden.reply, golden.failed ?? golden.reply, ...Object.values(golden.peers)]
    for (const reply of replies.filter(({ type }) => type === 'response')) {
      expect(parseWorkerReply(action, frame(reply))).toEqual({
        kind: 'ok',
        reply: reply.payload,
      })
    }
  })

  test.each(orkGoldens)('%s to ORK is written as the protocol has it', (action, { request }) => {
    const payload = request.payload as unknown as OrkRequests[OrkAction]
    const built = envelopesOf(request.sender, stampOf(request)).toOrk(action, payload, request)
    expect(encode(built).toString()).toBe(JSON.stringify(request))
  })

  test.each(orkGoldens)('ORK takes %s of every client', (action, golden) => {
    for (const request of [golden.request, ...Object.values(golden.peers).filter(isEnvelope)]) {
      expect(parseOrkRequest(frame(request))).toEqual({ kind: 'ok', envelope: request })
      expect(payloadProblem(action, request['payload'])).toBeNull()
    }
  })

  test.each(orkGoldens)('a client takes the reply of every ORK to %s', (action, golden) => {
    const others = Object.values(golden.peers).filter((reply) => !isEnvelope(reply))
    for (const reply of [golden.reply, ...others]) {
      expect(encode(reply).toString()).toBe(JSON.stringify(reply))
      expect(parseOrkReply(action, frame(reply))).toEqual({
        kind: 'ok',
        reply,
      })
    }
  })

  test.each(orkGoldens)('a refusal of %s is written and read as the protocol has it', (action, golden) => {
    for (const [error, refusal] of Object.entries(golden.refusals)) {
      const status = refusal['status'] === 'REJECTED' ? 'REJECTED' : undefined
      expect(encodeError(error, status).toString()).toBe(JSON.stringify(refusal))
      expect(parseOrkReply(action, frame(refusal))).toEqual({ kind: 'refused', error })
    }
  })
})
