import type HyperDHT from 'hyperdht'
import type { Address, Query, Reply } from 'hyperdht'
import { LinkError, type RequestOptions } from './link.ts'

/** A node that is gone holds a query up for two seconds; it is looked up again anyway. */
export const queryRetries = 1
/** When somebody was found, nodes that haven't answered so long after the last are not waited for. */
const lastAnswerMs = 250

/** Who announces a topic: topic key (hex) to where its hand-off endpoint may be reached directly. */
export type Announcers = ReadonlyMap<string, readonly Address[]>

/** Asks the DHT nodes who announces a topic. Rejects with a LinkError when no node answers. */
export async function lookupTopic(
  dht: HyperDHT,
  topic: string,
  { timeoutMs, signal }: RequestOptions,
): Promise<Announcers> {
  const refuseIfAborted = () => {
    if (signal?.aborted === true) throw new LinkError('closed', 'the lookup was given up')
  }
  refuseIfAborted()
  const query = dht.lookup(Buffer.from(topic, 'hex'), { retries: queryRetries })
  const onAbort = () => query.destroy()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const found = await collect(query, timeoutMs)
    refuseIfAborted()
    if (query.successes === 0) throw new LinkError('unreachable', 'no DHT node answered the lookup')
    return found
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

function collect(query: Query, timeoutMs: number): Promise<Announcers> {
  return new Promise((resolve) => {
    const found = new Map<string, readonly Address[]>()
    const stop = () => query.destroy()
    const limit = setTimeout(stop, timeoutMs)
    let last: NodeJS.Timeout | undefined
    query.on('error', () => undefined)
    query.on('data', ({ peers }: Reply) => {
      for (const { publicKey, relayAddresses } of peers) found.set(publicKey.toString('hex'), relayAddresses)
      clearTimeout(last)
      last = setTimeout(stop, lastAnswerMs)
    })
    query.on('close', () => {
      clearTimeout(limit)
      clearTimeout(last)
      resolve(found)
    })
  })
}
