import type { Diagnosis, OrkStatus, OrkStatusLine, WorkerStatus } from '../../../runtime/src/contract/index.ts'

/** ORK's registry, as far as its stream has told. Never changed in place. */
export interface OrkView {
  readonly publicKey: string
  /** Content hashes of the files that ORK reads, by folder name. */
  readonly files: OrkStatus['files']
  /** By worker id. */
  readonly workers: ReadonlyMap<string, WorkerStatus>
  /** Why ORK lacks workers or the DHT; null when it lacks nothing. */
  readonly diagnosis: Diagnosis | null
  /** Where the stream stands. */
  readonly cursor: { readonly epoch: string; readonly seq: number }
}

/** Of what a line tells something new that somebody reads here. */
export type OrkChange =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'worker'; readonly workerId: string }
  /** Of the site as a whole. */
  | { readonly kind: 'site' }

export type Applied =
  | { readonly kind: 'view'; readonly view: OrkView; readonly change: OrkChange }
  /** A line is missing, or is of another process: only a new snapshot helps. */
  | { readonly kind: 'broken'; readonly message: string }

/** What is known after one more line of ORK's status stream. `view` is null before the first. */
export function applyLine(view: OrkView | null, line: OrkStatusLine): Applied {
  if (line.type === 'snapshot') return { kind: 'view', view: viewOf(line), change: { kind: 'site' } }
  if (view === null) return { kind: 'broken', message: `the stream began with '${line.type}', not with a snapshot` }
  const { epoch, seq } = view.cursor
  const expected = line.type === 'beat' ? seq : seq + 1
  if (line.epoch !== epoch || line.seq !== expected) {
    const came = `${line.epoch}/${line.seq}`
    return { kind: 'broken', message: `the stream jumped: ${came} came where ${epoch}/${expected} was due` }
  }
  const cursor = { epoch, seq: line.seq }
  return { kind: 'view', view: { ...view, ...partOf(view, line), cursor }, change: changeOf(view, line) }
}

type Snapshot = Extract<OrkStatusLine, { type: 'snapshot' }>
type Delta = Exclude<OrkStatusLine, Snapshot>

function viewOf({ epoch, seq, status }: Snapshot): OrkView {
  const { publicKey, files, workers, diagnosis } = status
  const byId = new Map(workers.map((worker) => [worker.workerId, worker]))
  return { publicKey, files, workers: byId, diagnosis, cursor: { epoch, seq } }
}

const nothing: OrkChange = { kind: 'nothing' }

function changeOf({ workers }: OrkView, line: Delta): OrkChange {
  switch (line.type) {
    case 'worker': {
      const { workerId } = line.worker
      const before = workers.get(workerId)
      return before !== undefined && readOf(before) === readOf(line.worker) ? nothing : { kind: 'worker', workerId }
    }
    case 'worker-gone':
      return { kind: 'worker', workerId: line.workerId }
    case 'files':
    case 'diagnosis':
      return { kind: 'site' }
    case 'strangers':
    case 'beat':
      return nothing
  }
}

/** What is for people who ask ORK itself. */
const unread = new Set(['driver', 'model', 'problem'])

/** All that may be read here of a worker, as one text. */
function readOf(worker: WorkerStatus): string {
  return JSON.stringify(Object.entries(worker).filter(([name]) => !unread.has(name)))
}

function partOf({ workers }: OrkView, line: Delta): Partial<OrkView> {
  switch (line.type) {
    case 'worker':
      return { workers: new Map(workers).set(line.worker.workerId, line.worker) }
    case 'worker-gone':
      return { workers: new Map([...workers].filter(([id]) => id !== line.workerId)) }
    case 'files':
      return { files: line.files }
    case 'diagnosis':
      return { diagnosis: line.diagnosis }
    case 'strangers':
    case 'beat':
      return {}
  }
}
