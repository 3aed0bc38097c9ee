/**
 * RPC on an encrypted stream, wire-compatible with `@hyperswarm/rpc` (protocol `protomux-rpc`, the channel's id is the
 * server's public key, one method, values as length-prefixed bytes).
 *
 * N1  Nothing that a peer sends ends the process. The library passes errors through `safety-catch`, which throws a TypeError,
 *     RangeError or the like outside of every promise. So values are bytes and never decoded by it, and no error of a handler
 *     reaches it. A fuzzed test keeps watch over the frames that it decodes itself.
 */
import type { SecretStream } from 'hyperdht'
import ProtomuxRPC from 'protomux-rpc'
import { createAnswerPace } from './answer-pace.ts'
import { answerSafely, maxMessageBytes } from './answer-safely.ts'
import { type Answering, LinkError } from './link.ts'
import type { NetLog } from './net-log.ts'
import { RepliesTogether } from './replies-together.ts'

/** The only method. */
const method = 'mdk'

export interface RpcChannel {
  /** Resolves when the other side has opened the channel too: true, or false when the stream ended before. */
  readonly opened: Promise<boolean>
  /** Rejects with a LinkError. */
  request(message: Buffer, timeoutMs: number): Promise<Buffer>
}

/** Opens the channel of the server with this key; both sides do. */
export function openRpcChannel(stream: SecretStream, serverKey: Buffer): RpcChannel {
  const rpc = newRpc(stream, serverKey)
  return {
    opened: new Promise((resolve) => {
      rpc.on('open', () => resolve(true))
      rpc.on('close', () => resolve(false))
    }),
    async request(message, timeoutMs) {
      if (message.length > maxMessageBytes) {
        throw new LinkError('refused', `a message of ${message.length} bytes can't be sent, ${maxMessageBytes} can`)
      }
      try {
        return (await rpc.request(method, message, { timeout: timeoutMs })) ?? Buffer.alloc(0)
      } catch (error) {
        throw requestError(error, timeoutMs)
      }
    },
  }
}

/** Answers the requests that come in on the channel of this server (N1). */
export function serveRpcChannel(stream: SecretStream, serverKey: Buffer, answering: Answering, log: NetLog): void {
  const caller = stream.remotePublicKey.toString('hex')
  const rpc = newRpc(stream, serverKey)
  const together = new RepliesTogether(rpc, () => !stream.destroying)
  const inPace = createAnswerPace({
    stream,
    isDrained: () => rpc.mux.drained,
    onTooMuch: () => log.warn({}, 'a caller that does not read its answers was cut off'),
  })
  rpc.respond(method, (value) => {
    const message = value ?? Buffer.alloc(0)
    return inPace(message, () => together.add(() => answerSafely(answering, message, caller, log)))
  })
}

function newRpc(stream: SecretStream, serverKey: Buffer): ProtomuxRPC {
  const rpc = new ProtomuxRPC(stream, { id: serverKey })
  rpc.on('close', () => stream.destroy())
  return rpc
}

function requestError(error: unknown, timeoutMs: number): LinkError {
  const code = codeOf(error)
  if (code === 'TIMEOUT_EXCEEDED') return new LinkError('timeout', `no answer in ${timeoutMs} ms`, { cause: error })
  if (code === 'CHANNEL_CLOSED' || code === 'CHANNEL_DESTROYED') {
    return new LinkError('closed', 'the stream ended before the answer came', { cause: error })
  }
  return new LinkError('refused', `the peer refused the request (${code})`, { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)
}
