/**
 * Runs commands on devices.
 * Invariants:
 *   C1 a command id runs at most once: a repeat gets the first one's result, also while that is still under way
 *   C2 what can't have happened is FAILED with what kept it from happening; what may have happened is ERR_COMMAND_FATE_UNKNOWN
 */
import { checkParams } from '../drivers/check-params.ts'
import type { CommandDeclaration } from '../drivers/device-contract.ts'
import { DeviceError } from '../drivers/device-error.ts'
import type { CommandResult, DispatchedCommand } from '../protocol/payloads.ts'
import type { HostedDevice } from './hosted-device.ts'

export interface CommandsPorts {
  readonly declared: readonly CommandDeclaration[]
  readonly find: (deviceId: string) => HostedDevice | undefined
  /** Told of each command that was run, not of repeats. */
  readonly onRun: (result: CommandResult) => void
  /** Told of what a driver may not throw. */
  readonly onBug: (error: unknown) => void
  /** How many commands are remembered; the oldest are forgotten. */
  readonly memory?: number
}

export interface Commands {
  /** Runs the command, or gives what the same command came to before. Never rejects. */
  run(deviceId: string | null, request: Partial<DispatchedCommand>): Promise<CommandResult>
}

const defaultMemory = 10_000

export function createCommands({ memory = defaultMemory, ...ports }: CommandsPorts): Commands {
  /** In order of arrival. A promise stays where its result is: a repeat awaits the same. */
  const known = new Map<string, Promise<CommandResult>>()
  const remember = (commandId: string, result: Promise<CommandResult>) => {
    known.set(commandId, result)
    for (const oldest of known.keys()) {
      if (known.size <= memory) break
      known.delete(oldest)
    }
  }
  const runOnce = async (commandId: string, deviceId: string | null, request: Partial<DispatchedCommand>) => {
    const outcome = await attempt(ports, deviceId, request)
    const result: CommandResult = { commandId, ...outcome }
    ports.onRun(result)
    return result
  }
  return {
    run(deviceId, request) {
      const { commandId } = request
      // Upstream's kernel always sends an id; without one nothing can be told apart, so nothing is remembered.
      if (commandId === undefined || commandId === '') return runOnce('', deviceId, request)
      const before = known.get(commandId)
      if (before !== undefined) return before
      const result = runOnce(commandId, deviceId, request)
      remember(commandId, result)
      return result
    },
  }
}

type Outcome = Pick<CommandResult, 'status' | 'result' | 'error'>

async function attempt(
  { declared, find, onBug }: CommandsPorts,
  deviceId: string | null,
  { command = '', params = {} }: Partial<DispatchedCommand>,
): Promise<Outcome> {
  if (command === '') return failed('ERR_COMMAND_REQUIRED')
  if (deviceId === null) return failed('ERR_DEVICE_ID_REQUIRED')
  const device = find(deviceId)
  if (device === undefined) return failed(`ERR_DEVICE_NOT_FOUND: ${deviceId}`)
  const declaration = declared.find(({ name }) => name === command)
  if (declaration === undefined) return failed(`ERR_UNKNOWN_COMMAND: ${command}`)
  const checked = checkParams(declaration, params)
  if (checked.kind === 'problem') return failed(`${checked.reason}: ${checked.message}`)
  try {
    return { status: 'SUCCESS', result: await device.execute(command, checked.value) }
  } catch (error) {
    if (error instanceof DeviceError) return failed(errorOf(error, deviceId, command))
    onBug(error)
    return failed('ERR_COMMAND_FATE_UNKNOWN: an unexpected failure; the log of the worker has the cause')
  }
}

function failed(error: string): Outcome {
  return { status: 'FAILED', error }
}

function errorOf({ failure, message }: DeviceError, deviceId: string, command: string): string {
  switch (failure) {
    case 'unreachable':
    case 'closed':
      return `ERR_DEVICE_UNAVAILABLE: ${deviceId}: ${message}`
    case 'timeout':
    case 'protocol':
      return `ERR_COMMAND_FATE_UNKNOWN: ${message}`
    case 'unauthorized':
      return `ERR_DEVICE_ACCESS_DENIED: ${message}`
    case 'refused':
      return `ERR_COMMAND_FAILED: ${message}`
    case 'unsupported':
      return `ERR_UNKNOWN_COMMAND: ${command}`
    case 'busy':
      return `ERR_QUEUE_FULL: ${message}`
  }
}
