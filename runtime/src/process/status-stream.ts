/**
 * Readers of the status stream. What each gets: a snapshot first, then every change in order, and a beat when nothing
 * changes; a reader that falls behind is cut, so that it comes back for a snapshot, and never holds more than a bounded
 * amount of memory. One whose token was taken away is cut before the next line.
 */
import type { ServerResponse } from 'node:http'
import { statusBeatMs } from '../contract/status.ts'
import type { Clock } from '../machine/clock.ts'
import type { StatusSource } from './status-source.ts'

export interface StreamReader {
  /** Whether it may still read; asked before each line. */
  isAdmitted(): boolean
  /** Whether it knows this type of line; in the place of one that it doesn't, it gets a snapshot. */
  knows(type: string): boolean
}

export interface StatusStreams {
  /** Answers with the stream; the response's head must not have been sent. */
  serve(response: ServerResponse, source: StatusSource, reader: StreamReader): void
  /** Ends every stream. */
  close(): void
}

export interface StatusStreamsOptions {
  readonly clock: Clock
  /** Bytes that may wait for a reader besides the snapshot; 8 MiB unless given. */
  readonly maxWaitingBytes?: number
}

/** With more readers than this the oldest is cut: whoever still reads comes back. */
const maxReaders = 64

/** A little less than what readers are promised, since timers are late. */
const beatMs = statusBeatMs * 0.8

export function createStatusStreams(options: StatusStreamsOptions): StatusStreams {
  const { clock, maxWaitingBytes = 8 * 1024 * 1024 } = options
  const readers = new Set<ServerResponse>()

  const serve: StatusStreams['serve'] = (response, source, { isAdmitted, knows }) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    const snapshot = (): string => JSON.stringify({ type: 'snapshot', ...source.snapshot() })
    const first = snapshot()
    const limit = Buffer.byteLength(first) + maxWaitingBytes
    const send = (line: string): void => {
      if (response.destroyed) return
      if (!isAdmitted()) {
        response.destroy()
        return
      }
      response.write(`${line}\n`)
      if (response.writableLength > limit) response.destroy()
    }
    response.write(`${first}\n`)
    const endSubscription = source.subscribe((line, type) => send(knows(type) ? line : snapshot()))
    const endBeats = every(clock, beatMs, () => send(JSON.stringify({ type: 'beat', ...source.cursor() })))
    readers.add(response)
    response.on('close', () => {
      readers.delete(response)
      endSubscription()
      endBeats()
    })
    cutOldest()
  }

  const cutOldest = (): void => {
    const [oldest] = readers
    if (readers.size > maxReaders) oldest?.destroy()
  }

  return {
    serve,
    close() {
      for (const reader of [...readers]) reader.destroy()
    },
  }
}

function every(clock: Clock, periodMs: number, task: () => void): () => void {
  let cancel = clock.after(periodMs, turn)
  function turn(): void {
    cancel = clock.after(periodMs, turn)
    task()
  }
  return () => cancel()
}
