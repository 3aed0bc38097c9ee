import type { ErrorCode } from '../contract/error-codes.ts'
import { type Log, logField } from '../log.ts'
import type { DeviceRun, DeviceRunsPorts } from './device-runs.ts'
import { codeOf } from './outcome.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/** Tells of commands in log and metrics. Neither has their parameters: there are passwords in them. */
export function tellRuns(
  log: Log,
  metrics: Pick<WorkerMetrics, 'onRun' | 'onRepeat'>,
): Pick<DeviceRunsPorts, 'onRun' | 'onRepeat' | 'onBug'> {
  return {
    onRun(run) {
      metrics.onRun(run)
      logRun(log, run)
    },
    onRepeat: metrics.onRepeat,
    onBug: (error, { commandId, correlationId }) =>
      log.error(
        { [logField.commandId]: commandId, [logField.correlationId]: correlationId, [logField.error]: error },
        'a command ended with an unexpected failure',
      ),
  }
}

function logRun(log: Log, { commandId, correlationId, deviceId, command, outcome }: DeviceRun): void {
  const ids = { [logField.commandId]: commandId, [logField.correlationId]: correlationId }
  const fields = { ...ids, [logField.deviceId]: deviceId, command }
  if (outcome.status === 'SUCCESS') {
    log.debug(fields, 'command succeeded')
    return
  }
  const code = codeOf(outcome.error)
  const failure = { ...fields, [logField.code]: code, reason: outcome.error }
  if (code === ('ERR_COMMAND_FATE_UNKNOWN' satisfies ErrorCode)) log.warn(failure, 'fate of a command is unknown')
  else log.info(failure, 'command failed')
}
