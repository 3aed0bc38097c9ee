import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ApiServer, startApiServer } from '../../../test/api-server/api-server.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { silentLog } from '../../src/engine/log.ts'
import type { Election } from '../../src/engine/manager.ts'
import { systemRandom } from '../../src/engine/random.ts'
import { createEventRecorder } from '../../src/kube/events.ts'
import { startLease } from '../../src/kube/lease.ts'
import { loadCluster } from '../../src/kube/load-cluster.ts'
import { collectionPath } from '../../src/kube/resource.ts'
import { createTransport } from '../../src/kube/transport.ts'
import type { KubeEvent } from '../../src/kube/types.ts'
import { type Connected, connect } from './cluster-for-tests.ts'

const machine = { clock: systemClock, random: systemRandom, log: silentLog }
let server: ApiServer
let connected: Connected

beforeAll(async () => {
  server = await startApiServer()
  connected = connect(server.kubeconfig)
})
afterAll(async () => {
  await connected.transport.close()
  await server.stop()
})

describe('a lease on a real API server', () => {
  test('goes to one, and within two seconds to the other when the one leaves', async () => {
    const led: string[] = []
    const candidate = (identity: string) =>
      startLease(
        { ...machine, transport: connected.transport, namespace: 'default', name: 'operator', identity },
        { won: () => led.push(identity), lost: () => led.push(`${identity} lost`) },
      )
    const first = candidate('a')
    await vi.waitFor(() => expect(led).toEqual(['a']), 20_000)
    const second = candidate('b')
    await first.close()
    await vi.waitFor(() => expect(led).toEqual(['a', 'b']), 2_500)
    await second.close()
    expect(led).toEqual(['a', 'b'])
  })

  test('is not renewed by who was paused in the middle of it, for too long', async () => {
    const cluster = loadCluster({ kubeconfigPaths: [server.kubeconfig], context: null })
    let skippedMs = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skippedMs }
    // A renewal waits for its credentials, which are read again every ten seconds.
    let credentials = Promise.withResolvers<undefined>()
    credentials.resolve(undefined)
    const authorize = vi.fn(() => credentials.promise.then(() => cluster.authorize()))
    const sent: string[] = []
    const transport = createTransport({
      ...machine,
      clock,
      cluster: { ...cluster, authorize },
      userAgent: 'test/1',
      mayWrite: () => !election.lapsed,
      onRequest: ({ method }) => sent.push(method),
    })
    const told: string[] = []
    const election: Election = startLease(
      { ...machine, clock, transport, namespace: 'default', name: 'paused', identity: 'a' },
      { won: () => told.push('won'), lost: (reason) => told.push(reason) },
    )
    const renewed = () => vi.waitFor(() => expect(sent.at(-1)).toBe('PUT'), { timeout: 10_000 })
    await renewed()
    credentials = Promise.withResolvers()
    const reads = authorize.mock.calls.length
    // Four seconds after the first reading, and two after the last renewal.
    skippedMs = 6_500
    await vi.waitFor(() => expect(authorize.mock.calls.length).toBeGreaterThan(reads), { timeout: 10_000 })
    const before = sent.length
    skippedMs = 60_000
    credentials.resolve(undefined)
    await vi.waitFor(() => expect(told).toEqual(['won', expect.stringContaining('the lease is lost')]), 10_000)
    expect(sent.slice(before)).toEqual([])
    await election.close()
    await transport.close()
  })
})

describe('events on a real API server', () => {
  const regarding = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'subject', namespace: 'default', uid: '4be1ea29-4ffb-4d0b-9c42-1b1f1c0ee3a3' },
  }
  const fact = {
    regarding,
    type: 'Warning',
    reason: 'SecretLost',
    action: 'Check',
    note: 'the Secret is gone',
  } as const
  const events = async () => {
    const answer = await connected.transport.request({ method: 'GET', path: collectionPath('Event', 'default') })
    return (answer as { items: KubeEvent[] }).items.filter(({ reason }) => reason === 'SecretLost')
  }

  test('what repeats is one event, counted, and not written more often than once a minute', async () => {
    let skippedMs = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skippedMs }
    const recorder = createEventRecorder({
      ...machine,
      ...connected,
      clock,
      controller: 'mdk-operator',
      instance: 'pod-1',
    })
    connected.sent.clear()
    for (let repeated = 0; repeated < 10; repeated++) recorder.record(fact)
    skippedMs = 60_000
    recorder.record(fact)
    await recorder.close()
    recorder.record(fact)
    expect(connected.sent.all.map((line) => line.split(' ')[0])).toEqual(['POST', 'PATCH'])
    expect(await events()).toMatchObject([
      {
        reportingController: 'mdk-operator',
        reportingInstance: 'pod-1',
        note: 'the Secret is gone',
        type: 'Warning',
        regarding: { kind: 'ConfigMap', name: 'subject' },
        series: { count: 11 },
      },
    ])
  })

  test('a flood is cut off', async () => {
    const recorder = createEventRecorder({ ...machine, ...connected, controller: 'mdk-operator', instance: 'pod-1' })
    connected.sent.clear()
    for (let at = 0; at < 100; at++) recorder.record({ ...fact, note: `number ${at}` })
    await recorder.close()
    expect((await events()).length).toBe(1 + 25)
  })
})
