import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from './ledger.ts'

/** A caller of a site over HTTP. */
export interface SiteCaller {
  /** Gives a command. Never rejects. */
  send(deviceId: string, command: string, params: object): Promise<Sent>
  /** What a command came to, asked for until it has ended or the signal is aborted. */
  await(commandId: string, stop: AbortSignal): Promise<Outcome>
  /** The HTTP status of a read of a device. */
  read(deviceId: string): Promise<number>
}

export type Sent =
  | { readonly kind: 'accepted'; readonly commandId: string }
  | { readonly kind: 'unacknowledged' | 'refused' }

const pollMs = 60
/** More than App Node takes for anything. */
const limitMs = 45_000

interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Calls App Node on this port. */
export function siteCaller(port: number, token: string): SiteCaller {
  const base = `http://127.0.0.1:${port}/site-monitor`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ask = async (path: string, body?: object): Promise<Reply | null> => {
    const posted = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    try {
      const response = await fetch(base + path, { headers, signal: AbortSignal.timeout(limitMs), ...posted })
      return { status: response.status, body: (await response.json()) as Reply['body'] }
    } catch {
      return null
    }
  }
  return {
    async send(deviceId, command, params) {
      const reply = await ask(`/devices/${deviceId}/commands`, { command, params })
      const commandId = reply?.body['commandId']
      if (reply?.status === 202 && typeof commandId === 'string') return { kind: 'accepted', commandId }
      return { kind: reply === null || codeIn(reply) === 'ERR_COMMAND_FATE_UNKNOWN' ? 'unacknowledged' : 'refused' }
    },
    async await(commandId, stop) {
      while (!stop.aborted) {
        const reply = await ask(`/commands/${commandId}`)
        if (reply !== null && codeIn(reply) === 'ERR_COMMAND_NOT_FOUND') return 'missing'
        const { status } = reply?.body ?? {}
        if (status === 'SUCCESS') return 'succeeded'
        if (reply !== null && status === 'FAILED') {
          return codeIn(reply) === 'ERR_COMMAND_FATE_UNKNOWN' ? 'unknown' : 'failed'
        }
        await sleep(pollMs)
      }
      return 'open'
    },
    read: async (deviceId) => (await ask(`/devices/${deviceId}/state`))?.status ?? 0,
  }
}

function codeIn({ body }: Reply): unknown {
  return (body['error'] as { readonly code?: unknown } | null | undefined)?.code
}
