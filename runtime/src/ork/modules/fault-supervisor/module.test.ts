import { expect, test } from 'vitest'
import { silentLog } from '../../../log.ts'
import { manualClock } from '../../../machine/manual-clock.ts'
import type { Answer, WorkerChannel } from '../../ports/worker-channel.ts'
import { FaultSupervisor } from './module.ts'

const answered: Answer<unknown> = { kind: 'ok', reply: {}, sizeBytes: 2 }
const unanswered: Answer<unknown> = { kind: 'unanswered', failure: 'timeout' }

function supervising() {
  const clock = manualClock()
  const told: string[] = []
  const say = (what: string) => (about: string) => told.push(`${what} ${about}`)
  const supervisor = new FaultSupervisor({
    clock,
    random: () => 0,
    log: silentLog,
    hasSeveralDevices: () => false,
    onChange: say('changed'),
    onMayPass: say('may pass'),
    onOpened: say('opened'),
    onHeldBack: say('held back'),
  })
  /** What every request that is sent comes to. */
  const worker = { answer: unanswered, sent: 0 }
  const channel = supervisor.guard({
    ask() {
      worker.sent += 1
      return Promise.resolve(worker.answer)
    },
  } as WorkerChannel)
  const ask = async (action: 'telemetry.pull' | 'state.pull' = 'telemetry.pull', signal?: AbortSignal) => {
    const options = { timeoutMs: 1_000, ...(signal !== undefined && { signal }) }
    const { kind } = await channel.ask('w1', action, { query: {} }, options)
    return kind
  }
  const fail = async (times: number) => {
    for (let count = 0; count < times; count += 1) await ask()
  }
  return { supervisor, clock, told, worker, ask, fail }
}

test('what is held back is not sent, other kinds of requests are', async () => {
  const { ask, fail, worker, told } = supervising()
  await fail(5)
  expect(await ask()).toBe('unlinked')
  expect(worker.sent).toBe(5)
  expect(await ask('state.pull')).toBe('unanswered')
  expect(told).toEqual(['opened telemetry.pull', 'changed w1', 'held back telemetry.pull'])
})

test.each([
  ['', 0],
  [', nor does a clock that is set back make it later', -3_600_000],
])('whoever waits is told when one request may go, though nobody asks meanwhile%s', async (_, setMs) => {
  const { fail, clock, told, supervisor } = supervising()
  await fail(5)
  clock.set(setMs)
  await clock.advance(999)
  expect(told).not.toContain('may pass w1')
  expect(supervisor.mayPass('w1', 'telemetry.pull')).toBe(false)
  await clock.advance(1)
  expect(told).toContain('may pass w1')
  expect(supervisor.mayPass('w1', 'telemetry.pull')).toBe(true)
})

test('a probe that could not be sent leaves the next one its chance', async () => {
  const { ask, fail, clock, worker } = supervising()
  await fail(5)
  await clock.advance(1_000)
  worker.answer = { kind: 'unlinked' }
  expect(await ask()).toBe('unlinked')
  worker.answer = answered
  expect(await ask()).toBe('ok')
  expect(worker.sent).toBe(7)
})

test('a request that whoever asked gives up is no failure of the worker', async () => {
  const { ask, fail, supervisor } = supervising()
  await fail(4)
  await ask('telemetry.pull', AbortSignal.abort())
  expect(supervisor.notClosed()).toEqual([])
  await fail(1)
  expect(supervisor.notClosed()).toEqual(['OPEN'])
})

test('a worker that is forgotten begins anew, and after closing no timer is left', async () => {
  const { ask, fail, clock, worker, supervisor } = supervising()
  await fail(5)
  supervisor.forget('w1')
  expect(clock.armed).toBe(0)
  worker.answer = answered
  expect(await ask()).toBe('ok')
  worker.answer = unanswered
  await fail(5)
  supervisor.close()
  expect(clock.armed).toBe(0)
})

test('F5: what nobody tries for a minute is not said to be held back any more', async () => {
  const { fail, ask, clock, worker, supervisor } = supervising()
  await fail(5)
  await clock.advance(60_000)
  expect(supervisor.problemOf('w1')).toContain('telemetry.pull')
  await clock.advance(1_000)
  expect([supervisor.problemOf('w1'), supervisor.notClosed(), clock.armed]).toEqual([null, [], 0])
  worker.answer = answered
  expect(await ask()).toBe('ok')
})

test('F5: what is tried again and again stays held back', async () => {
  const { fail, ask, clock, supervisor } = supervising()
  await fail(5)
  for (let minute = 0; minute < 5; minute += 1) {
    await clock.advance(55_000)
    await ask()
    expect(supervisor.problemOf('w1')).toContain('telemetry.pull')
  }
})
