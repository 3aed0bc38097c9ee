import type { SecretStream } from 'hyperdht'
import { createTurnRoom } from './turn-room.ts'

export interface AnswerPacePorts {
  readonly stream: SecretStream
  /** Whether what was written is on its way: false from a write that found the buffers full until they are empty again. */
  readonly isDrained: () => boolean
  /** Told when the stream is ended because too much is held. */
  readonly onTooMuch: () => void
}

/** Answers one request: at once, or when the peer has read of what it asked for before. */
export type AnswerPace = (request: Buffer, answer: () => Promise<Buffer>) => Promise<Buffer>

/** Answers that are written on a stream whose buffers are full: more than a busy peer ever lags behind. */
const maxUnreadBytes = 4 * 1024 * 1024
/** The same, of requests that were under way when the buffers filled: more than the largest answers that go side by side. */
const maxLateBytes = 64 * 1024 * 1024
/** Requests under way on one stream: more than ORK lets wait, and less than what one message may hold. */
const maxUnderWay = 16_384
/** Requests that begin in one turn: what all at once leads to is in memory before any of it is written. */
const beginInTurn = 256
/** Requests that wait for a peer which doesn't read, on one stream. */
const maxHeldBytes = 16 * 1024 * 1024
/** What a request costs besides its bytes. */
const overheadBytes = 512
/** For a peer that is gone. */
const nothing = Buffer.alloc(0)

/**
 * Answers requests of a stream no faster than the peer reads.
 *
 * N5  A peer that asks and doesn't read costs a bounded amount of memory: what it asks for while too much is unread is held,
 *     and answered one after the other. When too much is held, under way, or answered and unread, the stream is ended.
 */
export function createAnswerPace({ stream, isDrained, onTooMuch }: AnswerPacePorts): AnswerPace {
  let [unreadBytes, heldBytes, underWay] = [0, 0, 0]
  let last: Promise<unknown> = Promise.resolve()
  const room = createTurnRoom(beginInTurn)
  const wake: (() => void)[] = []
  const wakeAll = () => {
    for (const resolve of wake.splice(0)) resolve()
  }
  stream.on('drain', wakeAll)
  stream.on('close', wakeAll)
  /** What is unread, with what is answered now. */
  const unreadWith = (answeredBytes: number) => {
    if (isDrained()) unreadBytes = 0
    unreadBytes += answeredBytes
    return unreadBytes
  }
  const isBehind = () => unreadWith(0) > maxUnreadBytes
  const cutOff = () => {
    if (stream.destroying) return
    onTooMuch()
    stream.destroy()
  }
  const untilRead = async () => {
    while (isBehind() && !stream.destroying) await new Promise<void>((resolve) => wake.push(resolve))
  }
  const answered = async (answer: () => Promise<Buffer>) => {
    underWay += 1
    const reply = stream.destroying ? nothing : await answer()
    underWay -= 1
    if (unreadWith(reply.length) > maxLateBytes) cutOff()
    return reply
  }
  const answeredInTurn = (request: Buffer, answer: () => Promise<Buffer>) => {
    const costBytes = request.length + overheadBytes
    heldBytes += costBytes
    if (heldBytes > maxHeldBytes) cutOff()
    const inTurn = last.then(untilRead).then(() => {
      heldBytes -= costBytes
      return answered(answer)
    })
    last = inTurn.catch(() => undefined)
    return inTurn
  }
  const inPace: AnswerPace = (request, answer) => (isBehind() ? answeredInTurn(request, answer) : answered(answer))
  return (request, answer) => {
    const later = room.enter()
    if (underWay + room.waiting > maxUnderWay) cutOff()
    return later === null ? inPace(request, answer) : later.then(() => inPace(request, answer))
  }
}
