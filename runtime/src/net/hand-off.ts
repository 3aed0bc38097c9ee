/**
 * The hand-off: whoever connects under a topic key gets the 32 bytes of the key at which the process listens, and nothing
 * else. That is how upstream's kernel goes from a topic to its workers, in both directions.
 */
import type HyperDHT from 'hyperdht'
import type { Address, SecretStream } from 'hyperdht'
import { listen } from './dht-listener.ts'
import type { Identity } from './identity.ts'
import { LinkError, type RequestOptions } from './link.ts'

const keyBytes = 32
/** The other side closes when it has read; one that doesn't is closed after this, since anybody may connect. */
const lingerMs = 10_000
const maxVisitors = 256

/** The endpoint under the announcing pair, open to anybody. It ends with its node. */
export interface HandOffDoor {
  /** What visitors get from now on; null sends them away. */
  offer(key: Buffer | null): void
}

export async function openHandOffDoor(dht: HyperDHT, announcing: Identity): Promise<HandOffDoor> {
  let offered: Buffer | null = null
  const visitors = new Set<SecretStream>()
  const onConnection = (stream: SecretStream) => {
    stream.on('error', () => undefined)
    if (offered === null || visitors.size >= maxVisitors) {
      stream.destroy()
      return
    }
    visitors.add(stream)
    const timer = setTimeout(() => stream.destroy(), lingerMs)
    stream.on('close', () => {
      clearTimeout(timer)
      visitors.delete(stream)
    })
    stream.write(offered)
  }
  await listen(dht.createServer({ firewall: () => offered === null }, onConnection), announcing)
  return {
    offer(key) {
      if (key !== null && offered?.equals(key) === true) return
      offered = key
      for (const stream of visitors) stream.destroy()
    },
  }
}

/** Connects to a hand-off endpoint and reads the key, as hex. Rejects with a LinkError. */
export async function readHandOff(
  dht: HyperDHT,
  topicKey: string,
  relayAddresses: readonly Address[],
  { timeoutMs, signal }: RequestOptions,
): Promise<string> {
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])])
  if (limit.aborted) throw new LinkError('closed', 'the hand-off was given up')
  const stream = dht.connect(Buffer.from(topicKey, 'hex'), relayAddresses.length === 0 ? {} : { relayAddresses })
  const onAbort = () => stream.destroy()
  limit.addEventListener('abort', onAbort, { once: true })
  try {
    return (await readBytes(stream, keyBytes)).toString('hex')
  } catch (error) {
    if (signal?.aborted === true) throw new LinkError('closed', 'the hand-off was given up', { cause: error })
    throw new LinkError('unreachable', `no hand-off from topic key ${topicKey}`, { cause: error })
  } finally {
    limit.removeEventListener('abort', onAbort)
    stream.destroy()
  }
}

function readBytes(stream: SecretStream, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0)
    stream.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk])
      if (read.length >= count) resolve(read.subarray(0, count))
    })
    stream.on('error', reject)
    stream.on('close', () => reject(new Error(`the stream ended after ${read.length} of ${count} bytes`)))
  })
}
