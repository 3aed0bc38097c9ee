import type { Answering } from './link.ts'
import type { NetLog } from './net-log.ts'
import { togetherBytes } from './turn-batch.ts'

/** A stream carries no message of 16 MiB or more; small replies may go with a large one, and some bytes are the frame's own. */
export const maxMessageBytes = 16 * 1024 * 1024 - 2 * togetherBytes

/**
 * What is sent back for a request, whatever becomes of it: an answer that fails or that can't be sent is `ERR_INTERNAL`.
 * Never rejects.
 */
export async function answerSafely(
  { answer }: Pick<Answering, 'answer'>,
  message: Buffer,
  caller: string,
  log: NetLog,
): Promise<Buffer> {
  try {
    const reply = await answer(message, caller)
    if (reply.length <= maxMessageBytes) return reply
    log.warn({ sizeBytes: reply.length }, 'a reply is too large to be sent')
  } catch (error) {
    log.warn({ err: error }, 'answering a request failed')
  }
  return Buffer.from(JSON.stringify({ error: 'ERR_INTERNAL' }))
}
