/** Many workers in one process, each with a DHT node of its own, whose devices have three numbers each. */
import { createHash, randomUUID } from 'node:crypto'
import { keyPairOfSeed } from '../../../runtime/src/contract/key-pair.ts'
import type { RosterWorker } from '../../../runtime/src/contract/roster.ts'
import { forEachBounded } from '../../../runtime/src/machine/bounded-fan-out.ts'
import { startDhtNode } from '../../../runtime/src/net/dht-node.ts'
import { type Envelopes, envelopesOf } from '../../../runtime/src/protocol/envelope.ts'
import { encode, encodeError, parseWorkerRequest } from '../../../runtime/src/protocol/frames.ts'
import type { WorkerReplies } from '../../../runtime/src/protocol/payloads.ts'
import { serveJobs } from './child.ts'

interface StartOptions {
  readonly bootstrap: readonly string[]
  readonly orkKey: string
  readonly workerIds: readonly string[]
  readonly devicesEach: number
}

const jobs = {
  /** Gives what the roster says of each, once all have been announced. */
  async start({ workerIds, ...options }: StartOptions): Promise<readonly RosterWorker[]> {
    const entries: RosterWorker[] = []
    await forEachBounded(workerIds, 16, async (workerId) => void entries.push(await startWorker(workerId, options)))
    return entries
  },
}

async function startWorker(
  workerId: string,
  { bootstrap, orkKey, devicesEach }: Omit<StartOptions, 'workerIds'>,
): Promise<RosterWorker> {
  const identity = keyPairOfSeed(createHash('sha256').update(workerId).digest('hex'))
  const node = await startDhtNode({ identity, bootstrap, host: '127.0.0.1', port: 0 })
  const replies = repliesOf(workerId, devicesEach)
  const envelopes = envelopesOf(workerId, { newId: randomUUID, now: () => Date.now() })
  await node.listen({
    admits: (publicKey) => publicKey === orkKey,
    answer: (message) => Promise.resolve(answer(replies, envelopes, message)),
  })
  while (!node.announced) await new Promise((resolve) => setTimeout(resolve, 10))
  return { workerId, publicKey: node.publicKey, ...node.address }
}

type Replies = { readonly [Action in keyof WorkerReplies]?: () => WorkerReplies[Action] }

function repliesOf(workerId: string, deviceCount: number): Replies {
  const deviceIds = Array.from({ length: deviceCount }, (_, number) => `${workerId}.d${number}`)
  const instanceId = randomUUID()
  const since = Date.now()
  return {
    'identity.request': () => ({ workerId, devices: deviceIds.map((deviceId) => ({ deviceId })) }),
    'capability.request': () => ({ contract: { metadata: {}, capabilities: { telemetry: [], commands: [] } } }),
    'health.ping': () => ({ status: 'OK', instanceId, revision: 'r1' }),
    'telemetry.pull': () => ({
      devices: deviceIds.map((deviceId) => ({
        deviceId,
        metrics: { hashrate_rt: 118_240_113, power: 3_401, temperature: 71.5 },
      })),
      timestamp: Date.now(),
    }),
    'state.pull': () => ({
      workerId,
      deviceCount,
      state: Object.fromEntries(deviceIds.map((deviceId) => [deviceId, { status: 'online', since }])),
    }),
  }
}

function answer(replies: Replies, envelopes: Envelopes, message: Buffer): Buffer {
  const parsed = parseWorkerRequest(message)
  if (parsed.kind === 'problem') return encodeError(parsed.error)
  const action = parsed.envelope.action as keyof WorkerReplies
  const payload = replies[action]?.()
  if (payload === undefined) return encode(envelopes.unknownAction(parsed.envelope))
  return encode(envelopes.reply({ ...parsed.envelope, action }, payload))
}

export type ManyWorkersJobs = typeof jobs

serveJobs(jobs)
