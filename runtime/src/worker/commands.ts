/** Commands as they come from ORK: for one device, or for many of the worker's (scopes `worker` and `rack`). */
import type { ErrorCode } from '../contract/error-codes.ts'
import { forEachBounded } from '../machine/bounded-fan-out.ts'
import type { Clock } from '../machine/clock.ts'
import { within } from '../machine/within.ts'
import type { CommandResult, DeviceOutcome } from '../protocol/payloads.ts'
import type { DeviceRuns, DueCommand } from './device-runs.ts'
import { codeOf, failed, type Outcome } from './outcome.ts'
import { parseCommand } from './parse-command.ts'
import { patienceOf } from './patience.ts'

export interface CommandsPorts {
  readonly workerId: string
  readonly runs: DeviceRuns
  /** Ids of all devices, sorted. */
  readonly deviceIds: () => readonly string[]
  readonly clock: Clock
}

/** What the caller of a command says beside it. */
export interface CallerTerms {
  /** Names the request in logs. */
  readonly correlationId?: string | null
  /** How long the caller waits for the answer. */
  readonly timeoutMs?: number | undefined
}

export interface Commands {
  /** Runs what a `command.request` asks, or gives what the same command came to before. Never rejects. */
  run(deviceId: string | null, payload: Readonly<Record<string, unknown>>, terms?: CallerTerms): Promise<CommandResult>
  /** Refuses what comes from now on. Resolves when what is under way is answered, or after so long. */
  drain(timeoutMs: number): Promise<void>
}

/** Devices that one command is sent to at a time: if each takes 1.5 s, the last of 500 begins within 12 s. */
const devicesAtOnce = 64
/** What an answer needs to leave, once it is there: the link ends after that. */
const answerMs = 100
/** How many devices on which a command failed are named in its error; its result has all. */
const namedFailures = 5

export function createCommands(ports: CommandsPorts): Commands {
  const { runs, clock } = ports
  /** Commands for many devices by id: a repeat waits for the same end. */
  const broad = new Map<string, Promise<CommandResult>>()
  const runOnMany = (command: DueCommand, deviceIds: readonly string[], lastTurn: number): Promise<CommandResult> => {
    const { commandId } = command
    const before = broad.get(commandId)
    if (before !== undefined) return before
    const result = runOnEach(ports, command, deviceIds, lastTurn).finally(() => broad.delete(commandId))
    broad.set(commandId, result)
    return result
  }
  return {
    async run(deviceId, payload, { correlationId = null, timeoutMs } = {}) {
      const parsed = parseCommand(deviceId, payload, ports.workerId)
      if (parsed.kind === 'refused') return { commandId: parsed.commandId, status: 'FAILED', error: parsed.error }
      const [now, { beginMs, turnMs }] = [clock.monotonic(), patienceOf(timeoutMs)]
      const command = { ...parsed.command, correlationId, beginBy: now + beginMs }
      const { to, commandId } = command
      switch (to.kind) {
        case 'device':
          return { commandId, ...(await runs.run(to.deviceId, command)) }
        case 'devices':
          return runOnMany(command, to.deviceIds, now + turnMs)
        case 'all':
          return runOnMany(command, ports.deviceIds(), now + turnMs)
      }
    },
    async drain(timeoutMs) {
      const isBusy = runs.underWay > 0
      await within(clock, timeoutMs, runs.stop(), undefined)
      if (isBusy) await clock.sleep(answerMs)
    },
  }
}

/** A device whose turn comes after `lastTurn` (of the monotonic clock) isn't touched. */
async function runOnEach(
  { runs, clock }: CommandsPorts,
  command: DueCommand,
  deviceIds: readonly string[],
  lastTurn: number,
): Promise<CommandResult> {
  const { commandId } = command
  if (deviceIds.length === 0) return { commandId, ...failed('ERR_DEVICE_NOT_FOUND: the worker has no devices') }
  const outcomes = new Map<string, Outcome>()
  await forEachBounded(deviceIds, devicesAtOnce, async (deviceId) => {
    outcomes.set(deviceId, clock.monotonic() > lastTurn ? failed(expired) : await runs.run(deviceId, command))
  })
  return {
    commandId,
    ...summaryOf(deviceIds.map((deviceId) => ({ deviceId, ...(outcomes.get(deviceId) ?? failed(expired)) }))),
  }
}

const expired = 'ERR_COMMAND_EXPIRED: the device was not touched: the devices before it took all of the time'

function summaryOf(devices: readonly (DeviceOutcome & Outcome)[]): Omit<CommandResult, 'commandId'> {
  const failures = devices.filter((device) => device.status === 'FAILED')
  if (failures.length === 0) return { status: 'SUCCESS', result: { devices } }
  const named = failures.slice(0, namedFailures).map(({ deviceId, error }) => `${deviceId} (${codeOf(error)})`)
  const more = failures.length > named.length ? ` and ${failures.length - named.length} more` : ''
  const code: ErrorCode = 'ERR_TARGETS_FAILED'
  return {
    status: 'FAILED',
    error: `${code}: ${failures.length} of ${devices.length} devices: ${named.join(', ')}${more}`,
    result: { devices },
  }
}
