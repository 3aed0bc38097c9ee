import { filledText } from '../../../protocol/filled-text.ts'
import type { Identity, Pong } from '../../../protocol/payloads.ts'
import type { WorkerContract } from '../../../protocol/worker-contract.ts'
import type { Answer, WorkerAction, WorkerChannel } from '../../ports/worker-channel.ts'
import { contractProblem } from './contract-problem.ts'
import type { Said } from './machine.ts'

/** A pull that didn't get what it asked for: why, as a sentence for people, or because there is no link. */
export type PullFailure = { readonly kind: 'failed'; readonly problem: string } | { readonly kind: 'unlinked' }

export type PulledIdentity = { readonly kind: 'ok'; readonly said: Said } | PullFailure
export type PulledContract = { readonly kind: 'ok'; readonly contract: WorkerContract } | PullFailure

/** What only a pong has. */
type PongSaid = Pick<Said, 'revision' | 'instanceId' | 'processId' | 'trouble'>

const timeoutMs = 5_000
/** A worker's own words go into ORK's status. */
const maxTroubleChars = 300

/**
 * Asks a worker who it is. The pong comes first: a change between the two then shows as another revision in the next pong,
 * and isn't missed.
 */
export async function pullIdentity(
  channel: WorkerChannel,
  workerId: string,
  signal: AbortSignal,
): Promise<PulledIdentity> {
  const pong = await channel.ask(workerId, 'health.ping', {}, { timeoutMs, signal })
  if (pong.kind !== 'ok') return failed('health.ping', pong)
  const identity = await channel.ask(workerId, 'identity.request', {}, { timeoutMs, signal })
  if (identity.kind !== 'ok') return failed('identity.request', identity)
  const { reply } = identity
  if (reply.workerId !== workerId) {
    return {
      kind: 'failed',
      problem: `the process at its key calls itself '${reply.workerId}'; one of the two is wrong`,
    }
  }
  return { kind: 'ok', said: parseSaid(reply, pong.reply) }
}

/** Asks a worker what its devices can do. */
export async function pullContract(
  channel: WorkerChannel,
  workerId: string,
  signal: AbortSignal,
): Promise<PulledContract> {
  const answer = await channel.ask(workerId, 'capability.request', {}, { timeoutMs, signal })
  if (answer.kind !== 'ok') return failed('capability.request', answer)
  const { contract } = answer.reply
  const problem = contractProblem({ ...contract })
  return problem === null ? { kind: 'ok', contract } : { kind: 'failed', problem }
}

/** `driver` and `model` of an identity, and all that a pong says of the worker, are extra fields of ours. */
function parseSaid(identity: Identity & { readonly driver?: unknown; readonly model?: unknown }, pong: Pong): Said {
  return {
    claims: [...new Set(identity.devices.map(({ deviceId }) => deviceId))].sort(),
    driver: filledText(identity.driver),
    model: filledText(identity.model),
    ...parsePong(pong),
  }
}

/** What a pong says of the worker; null for what it doesn't say. */
export function parsePong(pong: Pong): PongSaid {
  return {
    revision: filledText(pong.revision),
    instanceId: filledText(pong.instanceId),
    processId: filledText(pong.processId),
    trouble: filledText(pong.problem)?.slice(0, maxTroubleChars) ?? null,
  }
}

/** Whether the pong says of the worker what it said when it was last asked who it is. */
export function saysTheSame(pong: PongSaid, worker: PongSaid): boolean {
  return (
    pong.revision === worker.revision &&
    pong.instanceId === worker.instanceId &&
    pong.processId === worker.processId &&
    pong.trouble === worker.trouble
  )
}

function failed(action: WorkerAction, answer: Exclude<Answer<unknown>, { kind: 'ok' }>): PullFailure {
  switch (answer.kind) {
    case 'refused':
      return { kind: 'failed', problem: `it refuses ${action} with ${answer.error}` }
    case 'malformed':
      return { kind: 'failed', problem: `its answer to ${action} is no answer (${answer.error})` }
    case 'unlinked':
      return { kind: 'unlinked' }
    case 'unanswered':
      return { kind: 'failed', problem: `it does not answer ${action} (${answer.failure})` }
  }
}
