import { seededRandom } from '../../../test/random/seeded-random.ts'
import { mutateFrame } from './mutate-frame.ts'

/** Who gets the frames. */
export interface FuzzTarget {
  /** One frame in, one reply out; rejects if none comes. */
  send(frame: Buffer): Promise<Buffer>
  /** Rejects unless a good request is answered as it should be. */
  isWell(): Promise<void>
}

export interface FuzzOptions {
  /** Good frames, of which bad ones are made. */
  readonly golden: readonly object[]
  readonly seed: number
  readonly count: number
  /** Frames under way at once. */
  readonly atOnce: number
}

/** How often a good request is sent between the bad ones. */
const goodEvery = 1_000

/** Sends so many frames. Rejects at the first reply that is no answer, with the seed, the frame's number and the frame. */
export async function fuzz(target: FuzzTarget, { golden, seed, count, atOnce }: FuzzOptions): Promise<void> {
  let next = 0
  const work = async () => {
    while (next < count) {
      const index = next
      next += 1
      const frame = frameAt(golden, seed, index)
      const wrong = await target.send(frame).then(wrongReply, (error: unknown) => `no reply: ${String(error)}`)
      if (wrong !== null) throw new Error(`frame ${index} of seed ${seed}: ${wrong}\n${preview(frame)}`)
      if (index % goodEvery === 0) await target.isWell()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await target.isWell()
}

/** The frame of this number: each is drawn by itself, so that one can be had again without those before it. */
function frameAt(golden: readonly object[], seed: number, index: number): Buffer {
  const random = seededRandom(Math.imul(seed, 1_000_003) + index)
  return mutateFrame(golden[Math.floor(random() * golden.length)] ?? {}, random)
}

/**
 * What is wrong with a reply, as a sentence without its subject; null if it is an answer. ERR_INTERNAL is none: something was thrown.
 */
export function wrongReply(reply: Buffer): string | null {
  const text = reply.toString()
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      return `the reply is no object: ${preview(reply)}`
    return text.includes('ERR_INTERNAL') ? `the reply is ${preview(reply)}` : null
  } catch {
    return `the reply is not JSON: ${preview(reply)}`
  }
}

const previewBytes = 2_000

/** A frame as somebody can read it, and its bytes in base64 if reading it changes them. */
function preview(frame: Buffer): string {
  const shown = frame.subarray(0, previewBytes)
  const text = shown.toString()
  const rest = frame.length > previewBytes ? ` … (${frame.length} bytes)` : ''
  return Buffer.from(text).equals(shown)
    ? `${JSON.stringify(text)}${rest}`
    : `base64 ${shown.toString('base64')}${rest}`
}
