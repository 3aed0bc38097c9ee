import type { DeviceEntry } from '../contract/device-list.ts'
import type { Parsed } from '../contract/file-problem.ts'
import { DeviceError, type DeviceFailure } from '../drivers/device-error.ts'
import type { Device } from '../drivers/driver.ts'
import type { Json, JsonObject } from '../drivers/json.ts'
import type { TurnLimits } from '../drivers/one-at-a-time.ts'
import { accessRefused, type Snapshot } from '../drivers/snapshot.ts'
import type { Clock } from '../machine/clock.ts'

/** How a read of a device ended, and when. */
export type Reading =
  | { readonly kind: 'ok'; readonly snapshot: Snapshot; readonly at: number }
  | { readonly kind: 'failed'; readonly failure: DeviceFailure; readonly message: string; readonly at: number }

/** `unknown` until it was read for the first time. */
export type HostedStatus = 'unknown' | 'online' | 'offline'

interface DeviceState {
  readonly status: HostedStatus
  /** Since when (ms since the epoch). */
  readonly since: number
  /** Why it can't be reached or commanded, or its own fault that it reports, as a sentence; null when all is well. */
  readonly error: string | null
}

/** A device in the worker's care: what is known of it, and the ways to it. */
export interface HostedDevice {
  readonly entry: DeviceEntry
  state(): DeviceState
  /** The last read; null before the first. */
  last(): Reading | null
  /** Reads the device, or joins the read that is under way. Never rejects. */
  observe(): Promise<Reading>
  /** The same, but content with a reading that is younger than `freshMs`. */
  live(): Promise<Reading>
  /** Runs a command. Rejects with a DeviceError. */
  execute(command: string, params: JsonObject, limits?: TurnLimits): Promise<Json>
  close(): Promise<void>
}

/** A live reading that is younger than this isn't taken again. */
export const freshMs = 1_000

export interface HostedDevicePorts {
  readonly clock: Clock
  /** Told of each attempt to read, with how long it took. */
  readonly onRead: (result: 'ok' | DeviceFailure, seconds: number) => void
  /** Told when a device goes offline, and when it is online again. */
  readonly onStatusChange?: (entry: DeviceEntry, state: DeviceState) => void
}

/** Takes charge of what a driver made of an entry; what it could make nothing of is a device that is always offline. */
export function hostDevice(entry: DeviceEntry, connected: Parsed<Device>, ports: HostedDevicePorts): HostedDevice {
  const { clock } = ports
  let state: DeviceState = { status: 'unknown', since: clock.now(), error: null }
  let last: Reading | null = null
  let freshUntil = Number.NEGATIVE_INFINITY
  let flight: Promise<Reading> | null = null
  const device = connected.kind === 'ok' ? connected.value : unusable(connected.message)
  const learn = (reading: Reading): Reading => {
    const before = state
    last = reading
    freshUntil = clock.monotonic() + freshMs
    state = stateAfter(before, reading)
    const changed = state.status !== before.status && !(before.status === 'unknown' && state.status === 'online')
    if (changed) ports.onStatusChange?.(entry, state)
    return reading
  }
  const observe = () => {
    flight ??= readPatiently(device, state.status, ports)
      .then(learn)
      .finally(() => (flight = null))
    return flight
  }
  if (connected.kind === 'problem') {
    learn({ kind: 'failed', failure: 'unsupported', message: connected.message, at: clock.now() })
  }
  return {
    entry,
    state: () => state,
    last: () => last,
    observe,
    live: () => (last !== null && clock.monotonic() < freshUntil ? Promise.resolve(last) : observe()),
    async execute(command, params, limits) {
      try {
        return await device.execute(command, params, limits)
      } finally {
        // What was read before the command is no longer true.
        freshUntil = Number.NEGATIVE_INFINITY
      }
    },
    close: () => device.close(),
  }
}

/** The state that a reading leads to: offline at the first failed one, online at the first good one. */
function stateAfter(before: DeviceState, reading: Reading): DeviceState {
  const status = reading.kind === 'ok' ? 'online' : 'offline'
  return {
    status,
    since: before.status === status ? before.since : reading.at,
    error: reading.kind === 'ok' ? faultIn(reading.snapshot) : reading.message,
  }
}

function faultIn({ stats, raw_errors: errors }: Snapshot): string | null {
  // Of a device that isn't faulty, only what somebody has to mend counts; the rest are remarks.
  if (stats.status !== 'error') return errors.find(({ name }) => name === accessRefused)?.message ?? null
  return errors.length === 0 ? 'the device reports an error' : errors.map((error) => error.message).join('; ')
}

/** Reads once, and once more if a device that isn't known to be offline fails: one lost answer means nothing. */
async function readPatiently(device: Device, status: HostedStatus, ports: HostedDevicePorts): Promise<Reading> {
  const first = await readOnce(device, ports)
  const again = first.kind === 'failed' && status !== 'offline' && first.failure !== 'closed'
  return again ? readOnce(device, ports) : first
}

async function readOnce(device: Device, { clock, onRead }: HostedDevicePorts): Promise<Reading> {
  const startedAt = clock.monotonic()
  try {
    const snapshot = await device.read()
    onRead('ok', (clock.monotonic() - startedAt) / 1000)
    return { kind: 'ok', snapshot, at: clock.now() }
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error
    onRead(error.failure, (clock.monotonic() - startedAt) / 1000)
    return { kind: 'failed', failure: error.failure, message: error.message, at: clock.now() }
  }
}

/** Stands for a device that its driver can't serve. */
function unusable(message: string): Device {
  const refuse = () => Promise.reject(new DeviceError('unreachable', message))
  return { read: refuse, execute: refuse, close: () => Promise.resolve() }
}
