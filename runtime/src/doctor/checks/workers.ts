import type { RosterWorker } from '../../contract/roster.ts'
import { type Check, type Finding, failed, type Instruments, listSome, ok, questionMs, skipped } from '../check.ts'
import { type DiagnosisCode, diagnose } from '../diagnoses.ts'

/** How a missing worker shows itself: it has no address, it has one and is silent, or it answers and takes no call. */
export type WorkerSign = 'nowhere' | 'silent' | 'answers'

/** As many missing workers are looked at; in a large site the others are missing for the same reason. */
const sampleSize = 8

export const workers: Check = {
  name: 'workers',
  title: 'the workers of the roster are there',
  appliesTo: ['ork'],
  needs: ['files', 'key', 'store', 'ork-key', 'udp', 'announced'],
  async run({ files, running }, instruments) {
    if (running.kind === 'unknown') return skipped(running.why)
    const sample = running.missing.slice(0, sampleSize)
    const signs = await Promise.all(sample.map((worker) => lookAt(worker, instruments)))
    return findInWorkers(running.missing, signs, files.roster?.workers.length ?? 0)
  },
}

async function lookAt({ host, port }: RosterWorker, { probe, resolve }: Instruments): Promise<WorkerSign> {
  const resolved = await resolve(host)
  if (resolved.kind !== 'found') return 'nowhere'
  const ping = await (await probe()).ping({ host: resolved.address, port }, questionMs)
  return ping === 'silent' ? 'silent' : 'answers'
}

const codes = {
  nowhere: 'WorkerAbsent',
  silent: 'WorkerSilent',
  answers: 'WorkerRefusing',
} as const satisfies Readonly<Record<WorkerSign, DiagnosisCode>>

/** Names what most of them have in common; `signs` are those of the first of `missing`. */
export function findInWorkers(
  missing: readonly Pick<RosterWorker, 'workerId'>[],
  signs: readonly WorkerSign[],
  expected: number,
): Finding {
  if (missing.length === 0) return ok(`${expected} of ${expected}`)
  const alike = (sign: WorkerSign) => missing.filter((_, at) => signs[at] === sign).map(({ workerId }) => workerId)
  const groups = (['answers', 'silent', 'nowhere'] as const).map((sign) => ({ sign, workerIds: alike(sign) }))
  const [first] = groups.sort((a, b) => b.workerIds.length - a.workerIds.length)
  if (first === undefined || first.workerIds.length === 0) return skipped('none of the missing workers was looked at')
  const unseen = missing.slice(signs.length).map(({ workerId }) => workerId)
  return failed(diagnose(codes[first.sign], { workers: listSome([...first.workerIds, ...unseen]) }))
}
