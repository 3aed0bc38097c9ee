// What Flux, Helm and Argo CD make of our objects: kstatus itself, and our rule in the Lua that Argo CD runs.
import { beforeAll, describe, expect, test } from 'vitest'
import { apiVersion } from '../../operator/src/api/group.ts'
import type { FullCondition } from '../../operator/src/controllers/conditions.ts'
import { countRules } from '../../operator/src/kube/count-rules.ts'
import { decideStatusWrite, nothingPending } from '../../operator/src/kube/status-decision.ts'
import { buildWithinMs, prepareReaders, type Readings, readStatuses } from './read-statuses.ts'
import { type TableStatus, tableStatuses, tables } from './table-statuses.ts'

beforeAll(prepareReaders, buildWithinMs)

const observed = 3

interface ObjectChanges {
  readonly metadata?: object
  readonly status?: object
}

function objectOf(kind: string, { metadata, status }: ObjectChanges) {
  const name = { name: 'a', namespace: 'mines', generation: observed, ...metadata }
  return { apiVersion, kind, metadata: name, spec: {}, ...(status === undefined ? {} : { status }) }
}

/** As it is stored: with the time that the writer sets. */
function statusOf(conditions: readonly FullCondition[]) {
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  return {
    observedGeneration: observed,
    conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime })),
  }
}

const meant = {
  well: { kstatus: 'Current', argocd: 'Healthy' },
  waiting: { kstatus: 'InProgress', argocd: 'Progressing' },
  stalled: { kstatus: 'Failed', argocd: 'Degraded' },
} as const

/** What must be read, in the form of `differences`. */
const said = ({ kstatus, argocd }: Readings) => ({ kstatus: kstatus.status, argocd: argocd.status })

describe.each(Object.keys(tables))('every status of an %s', (kind) => {
  const statuses = tableStatuses(kind, observed)

  async function readAll(change: (status: TableStatus) => ObjectChanges): Promise<readonly [TableStatus, Readings][]> {
    const readings = await readStatuses(statuses.map((status) => objectOf(kind, change(status))))
    expect(readings).toHaveLength(statuses.length)
    return statuses.map((status, index) => [status, readings[index]!])
  }

  test('has each reason of each condition in it', () => {
    const found = new Set(
      statuses.flatMap(({ conditions }) => conditions.map(({ type, reason }) => `${type} ${reason}`)),
    )
    const listed = Object.entries(tables[kind] ?? {}).flatMap(([type, { reasons }]) =>
      Object.keys(reasons).map((reason) => `${type} ${reason}`),
    )
    expect(listed.filter((row) => !found.has(row))).toEqual([])
  })

  test('is Current and Healthy when all is well, InProgress when it waits, Failed and Degraded when somebody must act', async () => {
    const wrong = (await readAll(({ conditions }) => ({ status: statusOf(conditions) }))).filter(
      ([{ standing }, readings]) => JSON.stringify(said(readings)) !== JSON.stringify(meant[standing]),
    )
    expect(wrong).toEqual([])
  })

  test('is told by Argo CD, and when stalled by kstatus too, in the words of Ready', async () => {
    for (const [{ standing, message, title }, { kstatus, argocd }] of await readAll(({ conditions }) => ({
      status: statusOf(conditions),
    }))) {
      expect(argocd.message, title).toBe(message)
      if (standing === 'stalled') expect(kstatus.message, title).toBe(message)
    }
  })

  test('is in progress to both when it is of an earlier generation', async () => {
    const later = { generation: observed + 1 }
    const found = await readAll(({ conditions }) => ({ metadata: later, status: statusOf(conditions) }))
    expect(new Set(found.map(([, readings]) => JSON.stringify(said(readings))))).toEqual(
      new Set([JSON.stringify(meant.waiting)]),
    )
  })

  test('is Terminating to kstatus while the object is being deleted', async () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' }
    const found = await readAll(({ conditions }) => ({ metadata, status: statusOf(conditions) }))
    expect(new Set(found.map(([, { kstatus }]) => kstatus.status))).toEqual(new Set(['Terminating']))
  })

  describe('that is held back in part by its writer', () => {
    const simple = tableStatuses(kind, observed, 1)
    const written = simple.flatMap((previous) => simple.flatMap((next) => heldBack(previous, next)))

    test('reads as the part of it that Ready tells', async () => {
      const objects = written.map(({ conditions }) => objectOf(kind, { status: statusOf(conditions) }))
      const readings = await readStatuses(objects)
      const wrong = written.filter(
        ({ standing }, index) => JSON.stringify(said(readings[index]!)) !== JSON.stringify(meant[standing]),
      )
      expect(written.length).toBeGreaterThan(0)
      expect(wrong).toEqual([])
    })

    test('has one of Reconciling and Stalled whenever Ready is not True, with the reason of Ready', () => {
      const alarms = ({ conditions: [ready, ...others] }: HeldBack) => [
        ready?.status === 'True' ? [] : [ready?.reason],
        others.filter(({ type }) => ['Reconciling', 'Stalled'].includes(type)).map(({ reason }) => reason),
      ]
      expect(written.map(alarms).filter(([wanted, found]) => wanted?.join() !== found?.join())).toEqual([])
    })
  })
})

interface HeldBack {
  readonly conditions: readonly FullCondition[]
  readonly standing: TableStatus['standing']
}

/** What is written of the second status after the first, if it is neither of the two. */
function heldBack(before: TableStatus, after: TableStatus): HeldBack[] {
  const [previous, next] = [statusOf(before.conditions), statusOf(after.conditions)]
  const times = { monotonicMs: 0, nowMs: 0 }
  const { write, memory } = decideStatusWrite({ previous, next, memory: nothingPending, rules: countRules, ...times })
  if (write === null || memory.heldSince.size === 0) return []
  const conditions = write.conditions as readonly FullCondition[]
  return [{ conditions, standing: memory.heldSince.has('Ready') ? before.standing : after.standing }]
}

describe.each(Object.keys(tables))('an %s that nobody has looked at', (kind) => {
  test('is in progress by the status that the API server gives it', async () => {
    const [readings] = await readStatuses([objectOf(kind, { status: { observedGeneration: -1 } })])
    expect(said(readings!)).toEqual(meant.waiting)
  })

  test.each([
    ['no status', {}],
    ['a status without conditions', { status: { observedGeneration: observed } }],
    ['an empty list of conditions', { status: { observedGeneration: observed, conditions: [] } }],
  ])('is Progressing to Argo CD with %s', async (_, changes) => {
    const [readings] = await readStatuses([objectOf(kind, changes)])
    expect(readings!.argocd.status).toBe('Progressing')
  })
})
