// One of several processes leads: the holder of a Lease. Rules:
//   L1 others' clocks are never compared with ours: a lease has expired when it hasn't changed for its duration *here*
//   L2 who can't renew for `renewWithinMs` stops leading, which is before anybody else may start: `leads` says so to all who
//      write, and `lapsed` to the renewal itself, since a process that was paused goes on where it was
//   L3 giving up empties the holder, so that the next needn't wait
//   L4 a lease that somebody deleted is still held by who held it: the holder makes it again, others wait until it would have expired
import { type Clock, formatMicroTime } from '../engine/clock.ts'
import { startDeadline } from '../engine/deadline.ts'
import type { Log } from '../engine/log.ts'
import type { Election, ElectionEvents } from '../engine/manager.ts'
import type { Random } from '../engine/random.ts'
import { isApiError } from './errors.ts'
import { parseObject } from './parse-object.ts'
import { readObject } from './read-object.ts'
import { collectionPath, objectPath, type Ref } from './resource.ts'
import type { Transport } from './transport.ts'
import type { Lease } from './types.ts'

export interface LeaseOptions {
  /** One of its own, so that nothing else is in its way. */
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly namespace: string
  readonly name: string
  /** Unique to this process. */
  readonly identity: string
}

/** As controller-runtime. */
const leaseMs = 15_000
const renewWithinMs = 10_000
const renewEveryMs = 2_000
/** Standbys look more often than the holder renews, so that one leads within 1.5 s of being asked to. */
const lookEveryMs = 1_000
/** Half of `renewWithinMs`, so that a request that hangs leaves time for another. */
const requestMs = 5_000

/** Campaigns until closed or until leadership is lost. */
export function startLease(options: LeaseOptions, events: ElectionEvents): Election {
  const closing = new AbortController()
  const campaign = new Campaign(options, events, closing.signal)
  const ended = campaign.run()
  let closed: Promise<void> | undefined
  return {
    get leads() {
      return campaign.leads
    },
    get lapsed() {
      return campaign.lapsed
    },
    close: () => {
      closing.abort(new Error('the campaign is over'))
      return (closed ??= ended.then(() => campaign.release()))
    },
  }
}

class Campaign {
  readonly #options: LeaseOptions
  readonly #events: ElectionEvents
  readonly #closing: AbortSignal
  /** The lease as last seen, and when it was first seen so. */
  #observed: { readonly lease: Lease; readonly at: number } | null = null
  /** When the last successful renewal began; null while not leading. */
  #renewedAt: number | null = null

  constructor(options: LeaseOptions, events: ElectionEvents, closing: AbortSignal) {
    this.#options = options
    this.#events = events
    this.#closing = closing
  }

  /** L2. It stays true for a moment after giving up, for what is said last. */
  get leads(): boolean {
    return this.#renewedAt !== null && !this.lapsed
  }

  get lapsed(): boolean {
    return this.#renewedAt !== null && this.#options.clock.monotonic() - this.#renewedAt >= renewWithinMs
  }

  async run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#closing.aborted) {
      const startedAt = clock.monotonic()
      // Who slept through its time doesn't even ask.
      const held = !this.lapsed && (await this.#tryHold(startedAt))
      if (held) this.#noteHeld(startedAt)
      else if (this.#noteNotHeld()) return
      await clock.sleep(this.#pauseMs(), this.#closing)
    }
  }

  /** Standbys look at different times, soon after the holder left and as soon as the lease expires. */
  #pauseMs(): number {
    if (this.#renewedAt !== null) return renewEveryMs
    const pauseMs = lookEveryMs * (0.75 + this.#options.random() / 2)
    const leftMs = this.#expiresInMs()
    return leftMs > 0 ? Math.min(pauseMs, leftMs) : pauseMs
  }

  /** L3. A renewal that closing cut short may have been carried out: then the lease is read again first. */
  async release(): Promise<void> {
    const deadline = startDeadline(this.#options.clock, requestMs, 'giving the lease up')
    try {
      for (let lease = this.#heldLease(); lease !== null; lease = this.#heldLease()) {
        if (await this.#giveUp(lease, deadline.signal)) return
        await this.#readLease(deadline.signal)
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the lease could not be given up; it expires')
    } finally {
      deadline.clear()
    }
  }

  /** False if the lease isn't as it is known. */
  async #giveUp(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const now = formatMicroTime(this.#options.clock.now())
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
    try {
      await updateLease(this.#options, { ...lease, spec }, signal)
      return true
    } catch (error) {
      if (isApiError(error, 'absent')) return true
      if (isApiError(error, 'conflict')) return false
      throw error
    }
  }

  #noteHeld(startedAt: number): void {
    const isFirst = this.#renewedAt === null
    this.#renewedAt = startedAt
    if (isFirst && !this.#closing.aborted) this.#events.won()
  }

  /** Whether leadership was held and is lost. */
  #noteNotHeld(): boolean {
    const { identity } = this.#options
    if (this.#renewedAt === null || this.#closing.aborted) return false
    const holder = this.#observed?.lease.spec?.holderIdentity
    const { lapsed } = this
    if (holder === identity && !lapsed) return false
    this.#renewedAt = null
    const why = lapsed ? `it could not be renewed for ${renewWithinMs / 1_000} s` : `${holder ?? 'nobody'} holds it`
    this.#events.lost(`the lease is lost: ${why}`)
    return true
  }

  /** One attempt to take or renew the lease. Never throws. */
  async #tryHold(now: number): Promise<boolean> {
    const { clock, log } = this.#options
    const leftMs = this.#renewedAt === null ? requestMs : this.#renewedAt + renewWithinMs - now
    const deadline = startDeadline(clock, Math.min(requestMs, Math.max(1, leftMs)), 'the attempt', this.#closing)
    try {
      return await this.#hold(deadline.signal)
    } catch (error) {
      if (!this.#closing.aborted) log.warn({ err: error }, 'the lease could not be taken or renewed')
      return false
    } finally {
      deadline.clear()
    }
  }

  async #hold(signal: AbortSignal): Promise<boolean> {
    try {
      const lease = this.#heldLease() ?? (await this.#readLease(signal))
      const known = lease ?? this.#observed?.lease ?? null
      if (known !== null && !this.#isFree(known)) return false // L4
      const spec = this.#holding(known)
      this.#observe(
        lease === null ? await createLease(this.#options, spec, signal) : await this.#renew(lease, spec, signal),
      )
      return true
    } catch (error) {
      if (!isApiError(error, 'conflict', 'exists')) throw error
      // Somebody else wrote it: what is known of it is out of date.
      await this.#readLease(signal)
      return false
    }
  }

  /** L4 */
  async #renew(lease: Lease, spec: NonNullable<Lease['spec']>, signal: AbortSignal): Promise<Lease> {
    try {
      return await updateLease(this.#options, { ...lease, spec }, signal)
    } catch (error) {
      if (!isApiError(error, 'absent')) throw error
      return createLease(this.#options, spec, signal)
    }
  }

  async #readLease(signal: AbortSignal): Promise<Lease | null> {
    const lease = await readObject(this.#options.transport, refOf(this.#options), signal)
    if (lease !== null) this.#observe(lease)
    return lease
  }

  #observe(lease: Lease): void {
    if (this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return
    this.#observed = { lease, at: this.#options.clock.monotonic() }
  }

  /** The lease as it was when this process last wrote it, if it leads. */
  #heldLease(): Lease | null {
    const lease = this.#renewedAt === null ? undefined : this.#observed?.lease
    return lease?.spec?.holderIdentity === this.#options.identity ? lease : null
  }

  #isFree({ spec }: Lease): boolean {
    const holder = spec?.holderIdentity ?? ''
    return holder === '' || holder === this.#options.identity || this.#expiresInMs() <= 0
  }

  /** L1. */
  #expiresInMs(): number {
    if (this.#observed === null) return 0
    const { lease, at } = this.#observed
    const durationMs = (lease.spec?.leaseDurationSeconds ?? leaseMs / 1_000) * 1_000
    return at + durationMs - this.#options.clock.monotonic()
  }

  #holding(lease: Lease | null): NonNullable<Lease['spec']> {
    const { clock, identity } = this.#options
    const now = formatMicroTime(clock.now())
    const before = lease?.spec
    const isRenewal = before?.holderIdentity === identity
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseMs / 1_000,
      acquireTime: (isRenewal ? before.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (lease === null || isRenewal ? 0 : 1),
    }
  }
}

function refOf({ namespace, name }: LeaseOptions): Ref<'Lease'> {
  return { kind: 'Lease', namespace, name }
}

async function createLease(options: LeaseOptions, spec: Lease['spec'], signal: AbortSignal): Promise<Lease> {
  const { transport, namespace, name } = options
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec }
  const path = collectionPath('Lease', namespace)
  return parseObject('Lease', await transport.request({ method: 'POST', path, body, signal }))
}

/** Refused as a conflict if somebody wrote it since it was read. */
async function updateLease(options: LeaseOptions, lease: Lease, signal: AbortSignal): Promise<Lease> {
  const path = objectPath(refOf(options))
  return parseObject('Lease', await options.transport.request({ method: 'PUT', path, body: lease, signal }))
}
