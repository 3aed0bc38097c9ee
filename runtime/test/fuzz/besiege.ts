import { seededRandom } from '../../../test/random/seeded-random.ts'
import { malformedConversations, randomConversation } from '../net/malformed-conversations.ts'
import { residentBytes } from '../process/read-metrics.ts'
import { readGolden } from '../protocol/golden.ts'
import { fuzz, wrongReply } from './fuzz.ts'
import { goldenRequests } from './golden-requests.ts'
import { largeFrames } from './mutate-frame.ts'
import type { ProcessTarget } from './process-targets.ts'

export interface SiegeOptions {
  readonly to: 'ork' | 'worker'
  readonly seed: number
  /** Malformed frames besides the large ones and the garbled streams. */
  readonly count: number
}

/** Random streams; each is twenty frames long. */
const garbledStreams = 50
const atOnce = 64
/** What a process holds more after all frames than after a fifth of them. A leak of 2 KB a frame is more. */
const growthLimitBytes = 64 * 1024 * 1024
/** What it holds at most, after messages of 16 MiB that it had to read, and so may have had several times over. */
const memoryLimitBytes = 512 * 1024 * 1024

/**
 * Sends a process everything that is malformed: large frames, streams that keep to no protocol, mutated frames. Rejects at the first
 * reply that is no answer, when a good request isn't answered, and when memory grows with the number of frames.
 */
export async function besiege(target: ProcessTarget, { to, seed, count }: SiegeOptions): Promise<void> {
  const golden = goldenRequests(to)
  const { statusPort } = target.process
  await sendLarge(target, to)
  await sendGarbled(target, seed)
  await fuzz(target, { golden, seed, count: Math.ceil(count / 5), atOnce })
  const before = await residentBytes(statusPort)
  await fuzz(target, { golden, seed: seed + 1, count: Math.floor((count * 4) / 5), atOnce })
  const after = await residentBytes(statusPort)
  const grownBytes = after - before
  if (grownBytes > growthLimitBytes || after > memoryLimitBytes) {
    throw new Error(`${to} holds ${after} bytes after ${count} frames, ${grownBytes} more than after a fifth of them`)
  }
}

async function sendLarge(target: ProcessTarget, to: SiegeOptions['to']): Promise<void> {
  for (const [name, frame] of Object.entries(largeFrames(readGolden(to, 'command.request').request))) {
    const wrong = await target.send(frame()).then(wrongReply, (error: unknown) => `no reply: ${String(error)}`)
    if (wrong !== null) throw new Error(`${name}: ${wrong}`)
  }
  await target.isWell()
}

async function sendGarbled(target: ProcessTarget, seed: number): Promise<void> {
  const random = seededRandom(seed)
  const conversations = [
    ...Object.values(malformedConversations(target.publicKey)),
    ...Array.from({ length: garbledStreams }, () => randomConversation(target.publicKey, random)),
  ]
  for (const frames of conversations) await target.garble(frames)
  await target.isWell()
}
