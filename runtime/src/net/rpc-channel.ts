/**
 * RPC on an encrypted stream, wire-compatible with `@hyperswarm/rpc` (protocol `protomux-rpc`, the channel's id is the
 * server's public key, one method, values as length-prefixed bytes). Why it isn't the library's: decision 0006.
 *
 * N1  Nothing that a peer sends ends the process. The multiplexer decodes no message of ours, and no error of a handler reaches it;
 *     what it decodes itself can end the stream at most (`SafeMux`).
 */
import type { SecretStream } from 'hyperdht'
import { createAnswerPace } from './answer-pace.ts'
import { answerSafely, maxMessageBytes } from './answer-safely.ts'
import { type Answering, LinkError } from './link.ts'
import type { NetLog } from './net-log.ts'
import {
  parseRequest,
  parseResponse,
  type RpcRequest,
  type RpcResponse,
  requestEncoding,
  responseEncoding,
  traitsEncoding,
} from './rpc-messages.ts'
import { SafeMux } from './safe-mux.ts'
import { TurnBatch } from './turn-batch.ts'

/** The only method. */
const method = 'mdk'

export interface RpcChannel {
  /** Resolves when the other side has opened the channel too: true, or false when the stream ended before. */
  readonly opened: Promise<boolean>
  /** As in `Link`. Nobody who answers each request on its own lacks the rest of what we add: it is the youngest. */
  isOurs(): boolean
  /** Rejects with a LinkError. */
  request(message: Buffer, timeoutMs: number): Promise<Buffer>
}

interface Pending {
  readonly resolve: (reply: Buffer) => void
  readonly reject: (error: LinkError) => void
  readonly timer: NodeJS.Timeout
}

/** Opens the channel of the server with this key; both sides do. */
export function openRpcChannel(stream: SecretStream, serverKey: Buffer): RpcChannel {
  const pending = new Map<number, Pending>()
  let lastId = 0
  const take = (id: number): Pending | undefined => {
    const found = pending.get(id)
    pending.delete(id)
    clearTimeout(found?.timer)
    return found
  }
  const wire = openWire(stream, serverKey, {
    // Who is dialled answers, and asks nothing.
    onRequest: () => stream.destroy(),
    onResponse(response) {
      const asked = take(response.id)
      if ('value' in response) asked?.resolve(response.value)
      else
        asked?.reject(new LinkError('refused', `the peer refused the request (${response.code ?? response.message})`))
    },
    onClose() {
      for (const id of [...pending.keys()]) take(id)?.reject(endedTooSoon())
    },
  })
  return {
    opened: wire.opened,
    isOurs: wire.answersEach,
    request(message, timeoutMs) {
      if (message.length > maxMessageBytes) return Promise.reject(tooLarge(message))
      if (!wire.isOpen()) return Promise.reject(endedTooSoon())
      return new Promise((resolve, reject) => {
        lastId += 1
        const id = lastId
        const onTimeout = () => take(id)?.reject(new LinkError('timeout', `no answer in ${timeoutMs} ms`))
        if (wire.answersEach()) wire.batch.expect(message.length, pending.size > 0)
        pending.set(id, { resolve, reject, timer: setTimeout(onTimeout, timeoutMs) })
        wire.ask({ id, method, value: message })
      })
    },
  }
}

/** Answers the requests that come in on the channel of this server (N1). */
export function serveRpcChannel(stream: SecretStream, serverKey: Buffer, answering: Answering, log: NetLog): void {
  const caller = stream.remotePublicKey.toString('hex')
  let underWay = 0
  const wire = openWire(stream, serverKey, {
    onRequest(request) {
      if (request.method === method) void answer(request)
      // Past the pace, so only to a peer that reads.
      else if (wire.isDrained()) refuse(request, wire)
      else stream.destroy()
    },
    onResponse: () => undefined,
    onClose: () => undefined,
  })
  const inPace = createAnswerPace({
    stream,
    isDrained: wire.isDrained,
    onTooMuch: () => log.warn({}, 'a caller that does not read its answers was cut off'),
  })
  const answer = async ({ id, value }: RpcRequest): Promise<void> => {
    underWay += 1
    const reply = await inPace(value, () => answerSafely(answering, value, caller, log))
    underWay -= 1
    if (id === 0 || !wire.isOpen()) return
    wire.batch.expect(reply.length, underWay > 0)
    wire.reply({ id, value: reply })
  }
}

interface WireEvents {
  readonly onRequest: (request: RpcRequest) => void
  readonly onResponse: (response: RpcResponse) => void
  readonly onClose: () => void
}

/** Both kinds of message of one channel. */
interface Wire {
  readonly opened: Promise<boolean>
  readonly batch: TurnBatch
  isOpen(): boolean
  /** Whether the peer has said that of what comes as one message it answers each on its own. */
  answersEach(): boolean
  isDrained(): boolean
  ask(request: RpcRequest): void
  reply(response: RpcResponse): void
}

function openWire(stream: SecretStream, serverKey: Buffer, { onRequest, onResponse, onClose }: WireEvents): Wire {
  const onclose = () => {
    onClose()
    stream.destroy()
  }
  let answersEach = false
  const channel = SafeMux.from(stream).createChannel({
    protocol: 'protomux-rpc',
    id: serverKey,
    handshake: traitsEncoding,
    onopen(traits) {
      answersEach = traits.answersEach
    },
    onclose,
  })
  if (channel === null) throw new LinkError('closed', 'the stream ended before the channel was opened')
  const isOpen = () => !channel.closed && !stream.destroying
  // In the order that the protocol numbers them. What comes as one message is answered one by one.
  const requests = channel.addMessage({
    encoding: requestEncoding,
    onmessage(frame) {
      // The rest of a message whose beginning ended the stream.
      if (!isOpen()) return
      const request = parseRequest(frame)
      if (request === null) stream.destroy()
      else onRequest(request)
    },
  })
  const responses = channel.addMessage({
    encoding: responseEncoding,
    onmessage(frame) {
      const response = parseResponse(frame)
      if (response === null) stream.destroy()
      else onResponse(response)
    },
  })
  const wire: Wire = {
    opened: channel.fullyOpened(),
    batch: new TurnBatch(channel, isOpen),
    isOpen,
    answersEach: () => answersEach,
    isDrained: () => channel.drained,
    ask: (request) => void requests.send(request),
    reply: (response) => void responses.send(response),
  }
  channel.open({ answersEach: true })
  return wire
}

function refuse({ id, method: asked }: RpcRequest, wire: Wire): void {
  if (id !== 0) wire.reply({ id, code: 'UNKNOWN_METHOD', message: `Unknown method '${asked.slice(0, 64)}'` })
}

function tooLarge(message: Buffer): LinkError {
  return new LinkError('refused', `a message of ${message.length} bytes can't be sent, ${maxMessageBytes} can`)
}

function endedTooSoon(): LinkError {
  return new LinkError('closed', 'the stream ended before the answer came')
}
