import type { SecretStream } from 'hyperdht'
import { type Link, LinkError } from './link.ts'
import { openRpcChannel } from './rpc-channel.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * A stream on which nothing has come in for so long is ended: the peer or the way to it is gone. Peers send something every
 * two seconds (upstream's every five). UDX by itself takes 13 to 17 seconds.
 */
const silenceLimitMs = 6_500

export interface StartedLink {
  readonly link: Link
  /** Whether the peer answered on the stream; false when it ended before. A stream that says it is open needn't carry data. */
  readonly opened: Promise<boolean>
}

/** Makes a link of a stream that has been dialled. */
export function startLink(stream: SecretStream, serverKey: Buffer): StartedLink {
  const ended = watchEnd(stream)
  stream.setTimeout(silenceLimitMs)
  const channel = openRpcChannel(stream, serverKey)
  const link: Link = {
    publicKey: serverKey.toString('hex'),
    ended,
    get isOurs() {
      return channel.isOurs()
    },
    get open() {
      return !stream.destroying
    },
    async request(message, { timeoutMs, signal }) {
      if (stream.destroying) throw new LinkError('closed', 'the link has ended')
      return untilAborted(channel.request(message, timeoutMs), signal)
    },
    close: () => stream.destroy(),
  }
  return { link, opened: channel.opened }
}

function watchEnd(stream: SecretStream): Promise<LinkError> {
  return new Promise((resolve) => {
    let cause: Error | undefined
    stream.on('error', (error: Error) => {
      cause = error
    })
    stream.on('close', () => resolve(endOf(cause)))
  })
}

function endOf(cause: Error | undefined): LinkError {
  if (cause === undefined) return new LinkError('closed', 'the stream was closed')
  const code = 'code' in cause ? cause.code : undefined
  if (code === 'ETIMEDOUT' || cause.message === 'Stream timed out') {
    return new LinkError('timeout', 'nothing was heard from the peer', { cause })
  }
  return new LinkError('closed', `the stream ended (${cause.message})`, { cause })
}
