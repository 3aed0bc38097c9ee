import { expect, test } from 'vitest'
import { createController } from './engine/controller.ts'
import { silentLog } from './engine/log.ts'
import { manualClock } from './engine/manual-clock.ts'
import { again, done, retry } from './engine/outcome.ts'
import { createMetrics } from './metrics.ts'

test('a controller is counted under the names of controller-runtime', async () => {
  const metrics = createMetrics()
  const clock = manualClock()
  const outcomes = [
    () => again(1_000),
    () => retry(new Error('no')),
    () => {
      throw new TypeError('bug')
    },
  ]
  const controller = createController({
    name: 'site',
    workers: 2,
    reconcile: () => Promise.resolve((outcomes.shift() ?? (() => done))()),
    clock,
    random: () => 0,
    log: silentLog,
    hooks: metrics.controller('site', 2),
  })
  controller.enqueue('waits', 'resync')
  expect((await metrics.scrape()).body).toContain('workqueue_depth{name="site",controller="site",priority="-100"} 1')
  controller.start()
  await clock.advance(1_000)
  controller.enqueue('waits')
  await clock.advance(1_000)
  const { body } = await metrics.scrape()
  for (const line of [
    'controller_runtime_reconcile_total{controller="site",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="site",result="error"} 2',
    'controller_runtime_reconcile_total{controller="site",result="success"} 1',
    'controller_runtime_reconcile_errors_total{controller="site"} 2',
    'controller_runtime_reconcile_panics_total{controller="site"} 1',
    'controller_runtime_max_concurrent_reconciles{controller="site"} 2',
    'controller_runtime_active_workers{controller="site"} 0',
    'controller_runtime_reconcile_time_seconds_count{controller="site"} 4',
    'workqueue_depth{name="site",controller="site",priority="0"} 0',
    'workqueue_adds_total{name="site",controller="site"} 4',
    'workqueue_retries_total{name="site",controller="site"} 2',
    'workqueue_queue_duration_seconds_count{name="site",controller="site"} 4',
    'workqueue_work_duration_seconds_count{name="site",controller="site"} 4',
    'workqueue_unfinished_work_seconds{name="site",controller="site"} 0',
    'workqueue_longest_running_processor_seconds{name="site",controller="site"} 0',
  ]) {
    expect(body).toContain(`${line}\n`)
  }
})

test('requests, watches, caches, writes, leadership and devices are counted', async () => {
  const metrics = createMetrics()
  metrics.onRequest({ code: '200', method: 'GET', host: 'api:443' })
  metrics.onWatch.listed('Secret')
  metrics.onWatch.watchBroke('Secret')
  metrics.onWrite({ kind: 'Secret', result: 'created' })
  metrics.setLeading('mdk-operator', true)
  metrics.setSiteDevices('n/s', { declared: 3, assigned: 3, registered: 2, healthy: 1 })
  metrics.setSiteDevices('n/gone', { declared: 1, assigned: 1, registered: 1, healthy: 1 })
  metrics.setSiteDevices('n/gone', null)
  metrics.watchCaches({
    sizes: () => [
      { kind: 'Secret', size: 2 },
      { kind: 'Secret', size: 40 },
    ],
  })
  const { body } = await metrics.scrape()
  for (const line of [
    'rest_client_requests_total{code="200",method="GET",host="api:443"} 1',
    'mdk_operator_relists_total{kind="Secret"} 1',
    'mdk_operator_watch_restarts_total{kind="Secret"} 1',
    'mdk_operator_applies_total{kind="Secret",result="created"} 1',
    'mdk_operator_cache_objects{kind="Secret"} 42',
    'leader_election_master_status{name="mdk-operator"} 1',
    'mdk_operator_site_devices{site="n/s",state="registered"} 2',
  ]) {
    expect(body).toContain(`${line}\n`)
  }
  expect(body).not.toContain('n/gone')
})
