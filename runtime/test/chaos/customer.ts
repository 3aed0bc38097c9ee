import { setTimeout as sleep } from 'node:timers/promises'
import type { Order } from './ledger.ts'
import { keyOf } from './miner-farm.ts'
import type { SiteCaller } from './site-caller.ts'

/** What every pool is told of. Nobody may read it anywhere. */
export const poolPassword = 'a-password-of-a-pool'

export interface CustomerOptions {
  readonly deviceId: string
  readonly caller: SiteCaller
  readonly random: () => number
  /** Told of each command when it is given; its outcome follows. */
  readonly onOrder: (order: Order) => void
  readonly onSuccess: () => void
  /** Aborted when no more commands are to be given. */
  readonly enough: AbortSignal
  /** Aborted when what hasn't ended is given up. */
  readonly late: AbortSignal
}

const longestPauseMs = 400
/** How many commands are reboots, which no worker and no ORK may repeat. The others are harmless to repeat. */
const reboots = 0.3

/** Gives one command after the other to a device, each when the one before has ended. */
export async function orderAgainAndAgain(options: CustomerOptions): Promise<void> {
  const { deviceId, random, onOrder, onSuccess, enough } = options
  for (let n = 1; !enough.aborted; n += 1) {
    const name = `chaos.${deviceId}.${n}`
    const order: Order =
      random() < reboots
        ? { key: keyOf.reboot(deviceId), outcome: 'unacknowledged' }
        : { key: keyOf.setupPools(name), outcome: 'unacknowledged' }
    onOrder(order)
    await carryOut(order, name, options)
    if (order.outcome === 'succeeded') onSuccess()
    await sleep(random() * longestPauseMs)
  }
}

/** Gives a command that no other has the name of, and tells whether it came to something. */
export async function orderOnce(options: CustomerOptions): Promise<boolean> {
  const { deviceId, onOrder, late } = options
  for (let n = 1; !late.aborted; n += 1) {
    const name = `last.${deviceId}.${n}`
    const order: Order = { key: keyOf.setupPools(name), outcome: 'unacknowledged' }
    onOrder(order)
    await carryOut(order, name, options)
    if (order.outcome === 'succeeded') return true
    await sleep(longestPauseMs)
  }
  return false
}

async function carryOut(order: Order, name: string, { deviceId, caller, late }: CustomerOptions): Promise<void> {
  const pools = [{ url: 'stratum+tcp://pool.example:3333', worker_name: name, worker_password: poolPassword }]
  const isReboot = order.key === keyOf.reboot(deviceId)
  const sent = await caller.send(deviceId, isReboot ? 'reboot' : 'setupPools', isReboot ? {} : { pools })
  order.outcome = sent.kind === 'accepted' ? 'open' : sent.kind
  if (sent.kind === 'accepted') order.outcome = await caller.await(sent.commandId, late)
}
