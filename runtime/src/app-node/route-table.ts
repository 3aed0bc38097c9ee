import type { Right } from './admission.ts'

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Which token it takes, as `Authorization: Bearer …`; null for none. The command token may read too. */
  readonly right: Right | null
  /** What is asked and answered, for people. */
  readonly help: string
}

/** What App Node serves: upstream's paths and answers that an MDK kernel can serve, `/health`, and what became of a command. */
export const routeTable = {
  health: {
    method: 'GET',
    path: '/health',
    right: null,
    help: "Whether ORK is reached, why not, and how many workers and devices there are, are ready, and of these devices healthy; with a token also ORK's public key and every worker's key, driver, model, state and health. Always 200.",
  },
  workers: {
    method: 'GET',
    path: '/site-monitor/workers',
    right: 'read',
    help: 'Every registered worker with its devices, state and health: `{workers: […], totalDevices}`.',
  },
  telemetry: {
    method: 'GET',
    path: '/site-monitor/devices/:id/telemetry',
    right: 'read',
    help: "The device's values of this moment: `{deviceId, metrics, timestamp}`. `?queryType=` names one channel of its [driver](drivers.md): `{name, value}`.",
  },
  state: {
    method: 'GET',
    path: '/site-monitor/devices/:id/state',
    right: 'read',
    help: "The states of all devices of the device's worker: `{state: {<id>: {status, since, error?}}, deviceCount, workerId}`.",
  },
  command: {
    method: 'POST',
    path: '/site-monitor/devices/:id/commands',
    right: 'command',
    help: 'Takes `{command, params?}` as JSON and answers 202 with `{commandId, status: "QUEUED"}` when ORK has it on disk. With a header `Idempotency-Key`, up to 128 visible ASCII characters, the same request again is the same command.',
  },
  commandStatus: {
    method: 'GET',
    path: '/site-monitor/commands/:id',
    right: 'read',
    help: 'What became of a command: `{commandId, status, command, deviceId, workerId, result, error, createdAt, updatedAt, …}`, with status QUEUED, DISPATCHED, EXECUTING, TIMEOUT, SUCCESS or FAILED.',
  },
} as const satisfies Readonly<Record<string, Route>>
