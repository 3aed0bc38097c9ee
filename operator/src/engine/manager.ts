import type { Controller } from './controller.ts'
import type { Log } from './log.ts'

/** Where the program stands. Only `leading` works; in `standby` everything is warm and waits. */
export type ManagerState = 'warming' | 'standby' | 'leading' | 'stopping'

/** Campaigns for leadership until closed; closing gives it up for the next. */
export interface Election {
  /** Whether nobody else can lead now, by this process's own clock. */
  readonly leads: boolean
  /** Whether its time to lead has run out, noticed or not: not even what was begun before may be written. */
  readonly lapsed: boolean
  close(): Promise<void>
}

export interface ElectionEvents {
  won(): void
  /** Leadership was held and is lost: another may work by now. */
  lost(reason: string): void
}

export interface ManagerOptions {
  /** Resolves when every cache has been filled; rejects if one can't be. */
  readonly warm: (signal: AbortSignal) => Promise<void>
  readonly elect: (events: ElectionEvents) => Election
  readonly controllers: readonly Controller[]
  readonly log: Log
  /** Called once when the program must end at once, non-zero: leadership is lost, or the caches can't be filled. */
  readonly onFatal: (reason: string) => void
}

export interface Manager {
  readonly state: ManagerState
  /** Lets running reconciles end, then gives leadership up. Idempotent. */
  close(): Promise<void>
}

/** How long running reconciles may take to end at close. */
const drainMs = 25_000

/** For a program that is alone by construction. */
export function leadAlone(events: ElectionEvents): Election {
  events.won()
  return { leads: true, lapsed: false, close: () => Promise.resolve() }
}

/** Starts in order: caches are filled, leadership is won, controllers work. */
export function startManager(options: ManagerOptions): Manager {
  const { warm, elect, controllers, log, onFatal } = options
  const stopping = new AbortController()
  let state: ManagerState = 'warming'
  let election: Election | undefined
  let closed: Promise<void> | undefined

  const events: ElectionEvents = {
    won: () => {
      if (state === 'stopping') return
      state = 'leading'
      log.info({}, 'leading')
      for (const controller of controllers) controller.start()
    },
    lost: (reason) => {
      if (state !== 'stopping') onFatal(reason)
    },
  }

  async function begin(): Promise<void> {
    try {
      await warm(stopping.signal)
    } catch (error) {
      if (!stopping.signal.aborted) onFatal(`the caches could not be filled: ${String(error)}`)
      return
    }
    if (stopping.signal.aborted) return
    state = 'standby'
    log.info({}, 'caches are filled')
    election = elect(events)
  }

  async function stop(): Promise<void> {
    state = 'stopping'
    stopping.abort()
    await begun
    await Promise.all(controllers.map((controller) => controller.stop(drainMs)))
    await election?.close()
  }

  const begun = begin()
  return {
    get state() {
      return state
    },
    close: () => (closed ??= stop()),
  }
}
