import type { RosterWorker } from '../../../contract/roster.ts'
import type { Worker } from './machine.ts'

/** What has to happen so that the registry has exactly the members of the roster. */
export interface RosterChange {
  readonly add: readonly RosterWorker[]
  readonly rekey: readonly RosterWorker[]
  readonly move: readonly RosterWorker[]
  /** Ids of those who left. */
  readonly retire: readonly string[]
  /** For each worker whose key another one has too: who comes first and gets it. */
  readonly sharing: ReadonlyMap<string, string>
}

/** Compares the registry with the roster, which is the authority. Of two entries with one key the first is dialled. */
export function decideRosterChange(known: Iterable<Worker>, roster: readonly RosterWorker[]): RosterChange {
  const members = new Map(roster.map((entry) => [entry.workerId, entry]))
  const workers = new Map([...known].map((worker) => [worker.workerId, worker]))
  const changed = [...members.values()].flatMap((entry) => {
    const worker = workers.get(entry.workerId)
    return worker === undefined ? [] : [{ entry, worker }]
  })
  return {
    add: [...members.values()].filter((entry) => !workers.has(entry.workerId)),
    rekey: changed.filter(({ entry, worker }) => entry.publicKey !== worker.publicKey).map(({ entry }) => entry),
    move: changed.filter(({ entry, worker }) => isMoved(entry, worker)).map(({ entry }) => entry),
    retire: [...workers.keys()].filter((workerId) => !members.has(workerId)),
    sharing: findSharing([...members.values()]),
  }
}

function isMoved(entry: RosterWorker, { publicKey, address }: Worker): boolean {
  return entry.publicKey === publicKey && (entry.host !== address?.host || entry.port !== address.port)
}

function findSharing(members: readonly RosterWorker[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  const sharing = new Map<string, string>()
  for (const { workerId, publicKey } of members) {
    const holder = first.get(publicKey)
    if (holder === undefined) first.set(publicKey, workerId)
    else sharing.set(workerId, holder)
  }
  return sharing
}
