import { Registry } from 'prom-client'
import { beforeEach, expect, test } from 'vitest'
import { createLog, type Log } from '../log.ts'
import { StoreError } from '../storage/store.ts'
import { watchMemory } from './memory-watch.ts'
import type { Outcome } from './outcome.ts'
import { tellRuns } from './tell-runs.ts'
import { createWorkerMetrics } from './worker-metrics.ts'

let lines: Record<string, unknown>[]
let log: Log
let registry: Registry
beforeEach(() => {
  lines = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }
  log = createLog({ level: 'debug', service: 'worker', destination })
  registry = new Registry()
})
const told = () => lines.map(({ level, msg }) => [level, msg])
const metric = (name: string) => registry.getSingleMetricAsString(name)

test('each command is told with its id, that of the request behind it, device and code, and counted', async () => {
  const tell = tellRuns(
    log,
    createWorkerMetrics(registry, () => ({ unknown: 0, online: 0, offline: 0 })),
  )
  const ids = { commandId: 'c-1', correlationId: 'request-1' }
  const run = (outcome: Outcome) => tell.onRun({ ...ids, deviceId: 'r.a', command: 'setupPools', outcome })
  run({ status: 'SUCCESS', result: { pools: ['stratum+tcp://a'] } })
  run({ status: 'FAILED', error: 'ERR_COMMAND_FAILED: it will not' })
  run({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN: no answer' })
  tell.onBug(new TypeError('a bug'), ids)
  expect(told()).toEqual([
    ['debug', 'command succeeded'],
    ['info', 'command failed'],
    ['warn', 'fate of a command is unknown'],
    ['error', 'a command ended with an unexpected failure'],
  ])
  for (const line of lines) expect(line).toMatchObject(ids)
  expect(lines[1]).toMatchObject({ deviceId: 'r.a', command: 'setupPools', code: 'ERR_COMMAND_FAILED' })
  expect(await metric('mdk_worker_commands_total')).toContain('status="FAILED",code="ERR_COMMAND_FATE_UNKNOWN"} 1')
})

test('a memory that cannot be written is told once, counted each time, and told when it can', async () => {
  const { onWrite } = watchMemory(registry, log, () => null)
  onWrite(null)
  expect(await metric('mdk_worker_memory_writable')).toContain('mdk_worker_memory_writable 1')
  onWrite(new StoreError('the disk is full'))
  onWrite(new StoreError('the disk is full'))
  expect(await metric('mdk_worker_memory_writable')).toContain('mdk_worker_memory_writable 0')
  expect(await metric('mdk_worker_memory_write_failures_total')).toContain('_total 2')
  onWrite(null)
  expect(told()).toEqual([
    ['error', 'the memory of commands cannot be written: no command is run'],
    ['info', 'the memory of commands is written again'],
  ])
})
