import { describe, expect, test } from 'vitest'
import type { Diagnosis, OrkStatusLine, WorkerStatus } from '../../../runtime/src/contract/index.ts'
import { applyLine, type OrkView } from './ork-view.ts'

function worker(workerId: string, health: WorkerStatus['health'] = 'HEALTHY'): WorkerStatus {
  const registered = { publicKey: workerId, state: 'READY', health, driver: 'simulated', model: null } as const
  return { workerId, ...registered, revision: null, devices: [], unhealthy: [], problem: null }
}
const diagnosis: Diagnosis = { code: 'DnsDown', about: 'discovery', cause: 'c', remedy: 'r' }
const snapshot: OrkStatusLine = {
  type: 'snapshot',
  epoch: 'e1',
  seq: 7,
  status: {
    version: 1,
    service: 'ork',
    publicKey: 'k',
    files: { roster: 'h1' },
    workers: [worker('a')],
    strangers: [],
    diagnosis: null,
  },
}

function viewAfter(...lines: OrkStatusLine[]): OrkView {
  let view: OrkView | null = null
  for (const line of lines) {
    const applied = applyLine(view, line)
    if (applied.kind === 'broken') throw new Error(applied.message)
    view = applied.view
  }
  return view!
}

describe('the view of an ORK', () => {
  test('begins with a snapshot, and then follows each change', () => {
    const view = viewAfter(
      snapshot,
      { type: 'worker', epoch: 'e1', seq: 8, worker: worker('b') },
      { type: 'worker', epoch: 'e1', seq: 9, worker: worker('a', 'DEAD') },
      { type: 'beat', epoch: 'e1', seq: 9 },
      { type: 'files', epoch: 'e1', seq: 10, files: { roster: 'h2' } },
      { type: 'strangers', epoch: 'e1', seq: 11, strangers: ['s'] },
      { type: 'worker-gone', epoch: 'e1', seq: 12, workerId: 'b' },
      { type: 'diagnosis', epoch: 'e1', seq: 13, diagnosis },
    )
    expect(view).toEqual({
      publicKey: 'k',
      files: { roster: 'h2' },
      workers: new Map([['a', worker('a', 'DEAD')]]),
      diagnosis,
      cursor: { epoch: 'e1', seq: 13 },
    })
  })

  test('is never changed in place', () => {
    const before = viewAfter(snapshot)
    applyLine(before, { type: 'worker-gone', epoch: 'e1', seq: 8, workerId: 'a' })
    expect(before).toEqual(viewAfter(snapshot))
  })

  test.each<[string, OrkStatusLine, object]>([
    ['one worker', { type: 'worker', epoch: 'e1', seq: 8, worker: worker('a', 'SICK') }, { workerId: 'a' }],
    ['a worker that is gone', { type: 'worker-gone', epoch: 'e1', seq: 8, workerId: 'a' }, { workerId: 'a' }],
    ['the files', { type: 'files', epoch: 'e1', seq: 8, files: {} }, { kind: 'site' }],
    [
      'what nobody reads here',
      { type: 'worker', epoch: 'e1', seq: 8, worker: { ...worker('a'), problem: 'why', model: 'M' } },
      { kind: 'nothing' },
    ],
    ['strangers', { type: 'strangers', epoch: 'e1', seq: 8, strangers: ['s'] }, { kind: 'nothing' }],
    ['nothing', { type: 'beat', epoch: 'e1', seq: 7 }, { kind: 'nothing' }],
  ])('says of a line about %s whom it concerns', (_, line, change) => {
    expect(applyLine(viewAfter(snapshot), line)).toMatchObject({ change })
  })

  test('begins anew with another snapshot', () => {
    expect(viewAfter(snapshot, { ...snapshot, epoch: 'e2', seq: 0 }).cursor).toEqual({ epoch: 'e2', seq: 0 })
  })

  test.each<[string, OrkStatusLine]>([
    ['a change was missed', { type: 'files', epoch: 'e1', seq: 9, files: {} }],
    ['a change came twice', { type: 'files', epoch: 'e1', seq: 7, files: {} }],
    ['a beat is ahead', { type: 'beat', epoch: 'e1', seq: 8 }],
    ['the process is another', { type: 'files', epoch: 'e2', seq: 8, files: {} }],
  ])('is broken when %s', (_, line) => {
    expect(applyLine(viewAfter(snapshot), line).kind).toBe('broken')
  })

  test('is broken when the stream begins with anything else', () => {
    expect(applyLine(null, { type: 'beat', epoch: 'e1', seq: 0 }).kind).toBe('broken')
  })
})
