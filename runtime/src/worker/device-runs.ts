/**
 * Runs commands on single devices.
 * Invariants:
 *   C1 a device runs a command id once: a repeat gets what the first one came to, also while that is still under way, and also
 *      after the worker was killed
 *   C2 what can't have happened is FAILED with what kept it from happening; what may have happened is ERR_COMMAND_FATE_UNKNOWN
 *   C3 what is refused before the device is touched is as if it had never come: it isn't written down, and a repeat is looked at anew
 */
import { checkParams } from '../drivers/check-params.ts'
import type { CommandDeclaration } from '../drivers/device-contract.ts'
import { DeviceError } from '../drivers/device-error.ts'
import type { Json, JsonObject } from '../drivers/json.ts'
import { StoreError } from '../storage/store.ts'
import type { HostedDevice } from './hosted-device.ts'
import type { CommandMemory } from './memory/command-memory.ts'
import { recordKey } from './memory/command-record.ts'
import { failed, type Outcome } from './outcome.ts'
import type { WorkerCommand } from './parse-command.ts'

export interface DeviceRunsPorts {
  readonly declared: readonly CommandDeclaration[]
  readonly find: (deviceId: string) => HostedDevice | undefined
  /** Null while nothing can be written down. */
  readonly memory: () => CommandMemory | null
  /** Told of each command that was run or refused, not of repeats. */
  readonly onRun: (run: DeviceRun) => void
  /** Told of each repeat of a command that is known. */
  readonly onRepeat: (kind: 'joined' | 'remembered') => void
  /** Told of what a driver may not throw. */
  readonly onBug: (error: unknown, command: Pick<DueCommand, 'commandId' | 'correlationId'>) => void
}

/** A command, whose it is and until when it is wanted. */
export interface DueCommand extends WorkerCommand {
  /** Names the request of the client in logs; null if nothing does. */
  readonly correlationId: string | null
  /** A device that couldn't begin until then (of the monotonic clock) isn't touched: the caller has given up, or soon will. */
  readonly beginBy: number
}

/** A command on a device, and what it came to. */
export interface DeviceRun {
  readonly commandId: string
  readonly correlationId: string | null
  readonly deviceId: string
  readonly command: string
  readonly outcome: Outcome
}

export interface DeviceRuns {
  /** Runs the command on the device, or gives what it came to there before. Never rejects. */
  run(deviceId: string, command: DueCommand): Promise<Outcome>
  /** How many commands there are that have begun and not ended. */
  readonly underWay: number
  /** Refuses what isn't known, from now on. Resolves when nothing is under way. */
  stop(): Promise<void>
}

export function createDeviceRuns(ports: DeviceRunsPorts): DeviceRuns {
  const underWay = new Map<string, Promise<Outcome>>()
  let stopping = false
  const begin = async (deviceId: string, command: DueCommand): Promise<Outcome> => {
    const decision = stopping ? refuse(stoppingError) : decide(ports, deviceId, command)
    const outcome = decision.kind === 'refuse' ? failed(decision.error) : await runOnce(ports, decision, command)
    const { commandId, correlationId } = command
    ports.onRun({ commandId, correlationId, deviceId, command: command.command, outcome })
    return outcome
  }
  return {
    run(deviceId, command) {
      const key = recordKey(command.commandId, deviceId)
      const before = underWay.get(key)
      if (before !== undefined) {
        ports.onRepeat('joined')
        return before
      }
      const known = ports.memory()?.find(key)
      if (known !== undefined) {
        ports.onRepeat('remembered')
        return Promise.resolve(known)
      }
      const outcome = begin(deviceId, command).finally(() => underWay.delete(key))
      underWay.set(key, outcome)
      return outcome
    },
    get underWay() {
      return underWay.size
    },
    async stop() {
      stopping = true
      while (underWay.size > 0) await Promise.allSettled(underWay.values())
    },
  }
}

const stoppingError = 'ERR_WORKER_NOT_ROUTABLE: the worker is stopping; the device was not touched'

type Decision =
  | {
      readonly kind: 'run'
      readonly device: HostedDevice
      readonly params: JsonObject
      readonly memory: CommandMemory
    }
  | { readonly kind: 'refuse'; readonly error: string }

/** Whether a command that isn't known here is run. */
function decide({ declared, find, memory }: DeviceRunsPorts, deviceId: string, command: DueCommand): Decision {
  const remembered = memory()
  if (command.repeat !== null && remembered?.knowsAllOf(command.repeat) !== true) {
    return refuse('ERR_COMMAND_FATE_UNKNOWN: the worker may have run the command and forgotten it')
  }
  const device = find(deviceId)
  if (device === undefined) return refuse(`ERR_DEVICE_NOT_FOUND: ${deviceId}`)
  const declaration = declared.find(({ name }) => name === command.command)
  if (declaration === undefined) return refuse(`ERR_UNKNOWN_COMMAND: ${command.command}`)
  const checked = checkParams(declaration, command.params)
  if (checked.kind === 'problem') return refuse(`${checked.reason}: ${checked.message}`)
  if (remembered === null) return refuse(unwritable('there is no memory of commands yet'))
  return { kind: 'run', device, params: checked.value, memory: remembered }
}

function refuse(error: string): Decision {
  return { kind: 'refuse', error }
}

async function runOnce(
  { onBug }: DeviceRunsPorts,
  { device, params, memory }: Extract<Decision, { kind: 'run' }>,
  command: DueCommand,
): Promise<Outcome> {
  const key = recordKey(command.commandId, device.entry.id)
  try {
    await memory.start(key)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return failed(unwritable(error.message))
  }
  const outcome = await execute(device, command, params, (error) => onBug(error, command))
  memory.end(key, outcome)
  return outcome
}

async function execute(
  device: HostedDevice,
  { command, beginBy }: DueCommand,
  params: JsonObject,
  onBug: (error: unknown) => void,
): Promise<Outcome> {
  try {
    return { status: 'SUCCESS', result: asJson(await device.execute(command, params, { beginBy })) }
  } catch (error) {
    if (error instanceof DeviceError) return failed(errorOf(error, device.entry.id, command))
    onBug(error)
    return failed('ERR_COMMAND_FATE_UNKNOWN: an unexpected failure; the log of the worker has the cause')
  }
}

/** As it goes over the wire and to disk, so that a repeat gets the same. Throws for what is no JSON, which only a bug returns. */
function asJson(result: Json): Json {
  return JSON.parse(JSON.stringify(result)) as Json
}

function unwritable(reason: string): string {
  return `ERR_WORKER_STORE_FAILED: the device was not touched: ${reason}`
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
