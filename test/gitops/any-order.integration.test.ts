// Whatever comes first, the end is the same; and on the way nobody takes an object for ready that isn't.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { annotations } from '../../operator/src/api/group.ts'
import type { MdkRack, MdkSite, MdkWorker } from '../../operator/src/api/v1alpha1/index.ts'
import { rack, secret, site, worker } from '../../operator/test/operator/declarations.ts'
import { type Lab, type Space, startLab } from '../../operator/test/operator/lab.ts'
import type { RunningOperator } from '../../operator/test/operator/running-operator.ts'
import { standInPods } from '../../operator/test/operator/stand-in-pods.ts'
import { keyPairOfSeed } from '../../runtime/src/contract/index.ts'
import { type CommandResult, runCommand } from '../e2e/cluster/command.ts'
import { findKubectl } from '../e2e/cluster/programs.ts'
import { buildWithinMs, prepareReaders, readStatuses } from './read-statuses.ts'
import { type StateWatch, watchStates } from './watch-states.ts'

const withinMs = 180_000
const own = [
  ['MdkSite', 's'],
  ['MdkRack', 'rack-1'],
  ['MdkWorker', 'simulated'],
] as const

let lab: Lab
let operator: RunningOperator
let watch: StateWatch

beforeAll(async () => {
  await prepareReaders()
  lab = await startLab()
  operator = await lab.startOperator()
  watch = await watchStates(lab.kubeconfig)
}, buildWithinMs)
afterAll(async () => {
  await watch.close()
  await operator.close()
  await lab.close()
})

/**
 * What a user has in Git, by what it is; null is what YAML makes of a key without a value. Two sites with one key would be
 * refused, so each order has a key of its own.
 */
function declared(seed: string): Readonly<Record<string, object>> {
  return {
    secret: secret('corp-key', { seed }),
    site: site('s', { discovery: null, ork: { keySecretRef: { name: 'corp-key' }, storage: null }, appNode: null }),
    rack: rack('rack-1', 's', { driver: 'simulated', devices: [{ name: 'm1' }, { name: 'm2', options: null }] }),
    worker: worker('simulated', 's', { driver: 'simulated', racks: { names: ['rack-1'] } }),
  }
}

function permutations(things: readonly string[]): string[][] {
  if (things.length === 0) return [[]]
  return things.flatMap((first) =>
    permutations(things.filter((thing) => thing !== first)).map((rest) => [first, ...rest]),
  )
}

const orders = permutations(Object.keys(declared('')))

type Converged = Readonly<Record<string, unknown>>

/** Applies one thing after the other, each when the operator has looked at what was there, until all is Ready. */
async function converge(space: Space, order: readonly string[], seed: string): Promise<Converged> {
  const things = declared(seed)
  const pods = standInPods(space, lab.orks, 's')
  for (const thing of order) {
    await space.apply(things[thing] ?? {})
    await vi.waitFor(() => expectLookedAt(space), { timeout: withinMs, interval: 200 })
  }
  await vi.waitFor(
    async () => {
      await pods.catchUp()
      for (const [kind, name] of own) {
        expect((await space.get(kind, name))?.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' })
      }
    },
    { timeout: withinMs, interval: 500 },
  )
  return outcomeOf(space, keyPairOfSeed(seed).publicKey)
}

/** Once for the first visit, and once for what it found. */
async function expectLookedAt(space: Space): Promise<void> {
  for (const [kind, name] of own) {
    const object = await space.get(kind, name)
    if (object === null) continue
    const [ready] = object.status?.conditions ?? []
    expect(ready?.observedGeneration).toBe(object.metadata.generation)
    expect(ready?.reason).not.toBe('Starting')
  }
}

/** All that the operator has made of it, without what is drawn by lot for each site. */
async function outcomeOf(space: Space, orkPublicKey: string): Promise<Converged> {
  const drawn = new Map([
    [space.name, 'NAMESPACE'],
    [orkPublicKey, 'ORK-KEY'],
  ])
  const named = async (kind: 'Secret' | 'ConfigMap' | 'Service' | 'NetworkPolicy' | 'PersistentVolumeClaim') =>
    (await space.list(kind)).map(({ metadata }) => metadata.name).sort()
  const workloads = [...(await space.list('Deployment')), ...(await space.list('StatefulSet'))]
  const outcome = {
    statuses: await Promise.all(own.map(([kind, name]) => statusOf(space, kind, name))),
    workloads: workloads.map(({ metadata, spec }) => [metadata.name, metadata.labels, spec]),
    secrets: await named('Secret'),
    configMaps: await named('ConfigMap'),
    services: await named('Service'),
    policies: await named('NetworkPolicy'),
    claims: await named('PersistentVolumeClaim'),
  }
  const byLot = new Set(['lastTransitionTime', 'publicKey', 'topicHash', annotations.configHash])
  const text = JSON.stringify(outcome, (name, value: unknown) => (byLot.has(name) ? undefined : value))
  const replaced = [...drawn].reduce((rest, [value, word]) => rest.replaceAll(value, word), text)
  return JSON.parse(replaced) as Converged
}

async function statusOf(space: Space, kind: (typeof own)[number][0], name: string) {
  const { metadata, status } = (await space.get(kind, name)) as MdkSite | MdkRack | MdkWorker
  return { generation: metadata.generation, status }
}

test('a site, its rack, its worker and its key come to the same end in each of 24 orders', {
  timeout: 2 * withinMs,
}, async () => {
  const ends = await Promise.all(
    orders.map(async (order, index) => {
      const seed = String(index + 1).padStart(64, '0')
      return { order: order.join(', '), end: await converge(await lab.namespace(), order, seed) }
    }),
  )
  const [first] = ends
  for (const { order, end } of ends) expect(end, order).toEqual(first?.end)
  expect(first?.end['workloads']).toHaveLength(4)
})

describe('kubectl wait', () => {
  let space: Space

  beforeAll(async () => {
    space = await lab.namespace()
    await converge(space, ['site', 'rack', 'worker', 'secret'], 'a1'.repeat(32))
  }, 2 * withinMs)

  const kubectl = async (...args: readonly string[]): Promise<CommandResult> => {
    const program = (await findKubectl()) ?? 'kubectl'
    return runCommand(program, ['--kubeconfig', lab.kubeconfig, '-n', space.name, ...args], { allowFailure: true })
  }
  const waitFor = (kind: string, name: string, limit: string) =>
    kubectl('wait', `${kind}/${name}`, '--for=condition=Ready', `--timeout=${limit}`)

  test.each(own)('finds an %s Ready', async (kind, name) => {
    expect(await waitFor(kind, name, '30s')).toMatchObject({ exitCode: 0 })
  })

  test('finds all of them Ready by the line of the guide', async () => {
    const guide = await readFile(join(import.meta.dirname, '../../docs/guides/gitops.md'), 'utf8')
    const [, line = ''] = /^kubectl -n my-site (wait .*)$/m.exec(guide) ?? []
    const { exitCode, stdout } = await kubectl(...line.split(' '))
    expect({ exitCode, lines: stdout.trim().split('\n').length }).toEqual({ exitCode: 0, lines: own.length })
  })

  test('does not take what was Ready before a change for Ready', async () => {
    await operator.close()
    await space.patch('MdkRack', 'rack-1', { spec: { devices: [{ name: 'm3' }] } })
    expect(await waitFor('MdkRack', 'rack-1', '1s')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('timed out') as string,
    })
    operator = await lab.startOperator()
    const pods = standInPods(space, lab.orks, 's')
    await vi.waitFor(
      async () => {
        await pods.catchUp()
        expect(await waitFor('MdkRack', 'rack-1', '1s')).toMatchObject({ exitCode: 0 })
      },
      { timeout: withinMs, interval: 500 },
    )
  })
})

describe('every state that these objects have had', () => {
  test('reads as Ready says, to kstatus and to Argo CD', async () => {
    await dissolveInForeground()
    // The watch goes on while they are read.
    const states = [...watch.states]
    const readings = await readStatuses(states)
    const wrong = states.flatMap((state, index) => {
      const { kstatus, argocd } = readings[index] ?? {}
      const expected = meaningOf(state)
      const isRight =
        kstatus?.status === expected.kstatus && (expected.argocd === null || argocd?.status === expected.argocd)
      return isRight ? [] : [{ state, kstatus, argocd }]
    })
    expect(wrong).toEqual([])
    const seen = new Set(states.map((state) => meaningOf(state).kstatus))
    expect([...seen].sort()).toEqual(['Current', 'Failed', 'InProgress', 'Terminating'])
  })

  test('begins as InProgress', async () => {
    const states = [...watch.states]
    const first = states.filter(
      ({ kind, metadata: { name, namespace } }, index) =>
        states.findIndex(
          (other) => other.kind === kind && other.metadata.name === name && other.metadata.namespace === namespace,
        ) === index,
    )
    const readings = await readStatuses(first)
    expect(first.length).toBeGreaterThan(3 * orders.length)
    expect(new Set(readings.map(({ kstatus, argocd }) => `${kstatus.status} ${argocd.status}`))).toEqual(
      new Set(['InProgress Progressing']),
    )
  })
})

/** Brings a site into trouble, and deletes it in a way that shows. */
async function dissolveInForeground(): Promise<void> {
  const space = await lab.namespace()
  await space.apply(site('s', { ork: { keySecretRef: { name: 'bad' } } }), secret('bad', { seed: 'short' }))
  const isSaid = (says: (state: StateWatch['states'][number]) => boolean) =>
    vi.waitUntil(() => watch.states.some((state) => state.metadata.namespace === space.name && says(state)), withinMs)
  await isSaid(({ status }) => status?.conditions?.some(({ type }) => type === 'Stalled') === true)
  await space.remove('MdkSite', 's', 'Foreground')
  await isSaid(({ metadata }) => metadata.deletionTimestamp !== undefined)
}

/** What an object's own words mean, by the rules of kstatus. */
function meaningOf({ metadata, status }: StateWatch['states'][number]) {
  const isTrue = (type: string) =>
    status?.conditions?.some((one) => one.type === type && one.status === 'True') === true
  if (metadata.deletionTimestamp !== undefined) return { kstatus: 'Terminating', argocd: null }
  if (status?.observedGeneration !== metadata.generation) return { kstatus: 'InProgress', argocd: 'Progressing' }
  if (isTrue('Stalled')) return { kstatus: 'Failed', argocd: 'Degraded' }
  if (isTrue('Ready')) return { kstatus: 'Current', argocd: 'Healthy' }
  return { kstatus: 'InProgress', argocd: 'Progressing' }
}
