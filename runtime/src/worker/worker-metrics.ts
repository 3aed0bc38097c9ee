import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { DeviceRunsPorts } from './device-runs.ts'
import type { HostedDevicePorts, HostedStatus } from './hosted-device.ts'
import { codeOf } from './outcome.ts'

/** What a worker counts. */
export interface WorkerMetrics {
  readonly onRead: HostedDevicePorts['onRead']
  readonly onRun: DeviceRunsPorts['onRun']
  readonly onRepeat: DeviceRunsPorts['onRepeat']
}

/** `countDevices` is asked when metrics are collected. */
export function createWorkerMetrics(
  registry: Registry,
  countDevices: () => Readonly<Record<HostedStatus, number>>,
): WorkerMetrics {
  const registers = [registry]
  const reads = new Counter({
    name: 'mdk_worker_device_reads_total',
    help: 'Attempts to read a device, by how they ended: ok or the kind of failure.',
    labelNames: ['result'],
    registers,
  })
  const seconds = new Histogram({
    name: 'mdk_worker_device_read_seconds',
    help: 'Time of the attempts to read a device that succeeded.',
    buckets: [0.005, 0.02, 0.1, 0.3, 1, 3, 8],
    registers,
  })
  const commands = new Counter({
    name: 'mdk_worker_commands_total',
    help: 'Commands that were run or refused, once for each device, by status and by error code (empty on success); repeats are not counted.',
    labelNames: ['status', 'code'],
    registers,
  })
  const repeats = new Counter({
    name: 'mdk_worker_command_repeats_total',
    help: 'Commands that came again and were not run again: joined while the first was under way, remembered after.',
    labelNames: ['answer'],
    registers,
  })
  new Gauge({
    name: 'mdk_worker_devices',
    help: 'Devices of the list in use, by status.',
    labelNames: ['status'],
    registers,
    collect() {
      for (const [status, count] of Object.entries(countDevices())) this.set({ status }, count)
    },
  })
  return {
    onRead(result, took) {
      reads.inc({ result })
      if (result === 'ok') seconds.observe(took)
    },
    onRun({ outcome }) {
      commands.inc({ status: outcome.status, code: outcome.status === 'FAILED' ? codeOf(outcome.error) : '' })
    },
    onRepeat: (answer) => repeats.inc({ answer }),
  }
}
