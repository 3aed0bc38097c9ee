import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ApiServer, startApiServer } from '../../../test/api-server/api-server.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { silentLog } from '../../src/engine/log.ts'
import { systemRandom } from '../../src/engine/random.ts'
import { createEventRecorder } from '../../src/kube/events.ts'
import { startLease } from '../../src/kube/lease.ts'
import { collectionPath } from '../../src/kube/resource.ts'
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
