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
import { LinkError } from './link.ts'
import type { NetLog } from './net-log.ts'

/** The only method. */
const method = 'mdk'
/** A stream carries no message of 16 MiB or more; some bytes are the frame's own. */
const maxMessageBytes = 16 * 1024 * 1024 - 1024

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

/** Answers the requests that come in on the channel of this server. */
export function serveRpcChannel(
  stream: SecretStream,
  serverKey: Buffer,
  answer: (message: Buffer) => Promise<Buffer>,
  log: NetLog,
): void {
  newRpc(stream, serverKey).respond(method, (value) => answerSafely(value ?? Buffer.alloc(0), answer, log))
}

async function answerSafely(
  message: Buffer,
  answer: (message: Buffer) => Promise<Buffer>,
  log: NetLog,
): Promise<Buffer> {
  // N1
  try {
    const reply = await answer(message)
    if (reply.length <= maxMessageBytes) return reply
    log.warn({ sizeBytes: reply.length }, 'a reply is too large to be sent')
  } catch (error) {
    log.warn({ err: error }, 'answering a request failed')
  }
  return errorReply('ERR_INTERNAL')
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

function errorReply(code: string): Buffer {
  return Buffer.from(JSON.stringify({ error: code }))
}
