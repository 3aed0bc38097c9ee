/**
 * Joins the modules that a command goes through: the dispatcher lets it in, the state machine keeps it from there to its end, and
 * asks the concurrency manager for its turn.
 */
import type { CommandSettings } from '../contract/settings.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import type { CommandRecord } from '../protocol/payloads.ts'
import type { OpenedJournal } from '../storage/journal/journal.ts'
import type { Store } from '../storage/store.ts'
import { CommandWaiters } from './command-waiters.ts'
import type { CommandCounts, OrkMetrics } from './metrics.ts'
import { createCommandDispatcher } from './modules/command-dispatcher/module.ts'
import { usualRetention } from './modules/command-state-machine/command-history.ts'
import type { Command } from './modules/command-state-machine/machine.ts'
import { type Cancelled, CommandStateMachine } from './modules/command-state-machine/module.ts'
import { oldCommandStore } from './modules/command-state-machine/upgrade-rows.ts'
import { ConcurrencyManager, usualLimits } from './modules/concurrency/module.ts'
import type { CommandRequest, Submitted } from './ports/command-intake.ts'
import type { CommandTargets } from './ports/command-targets.ts'
import type { WorkerChannel } from './ports/worker-channel.ts'

export interface CommandPathOptions {
  readonly journal: OpenedJournal
  readonly store: Store
  /** As usual where it says nothing. Read at each decision, so that another answer counts from the next one on. */
  readonly settings?: () => CommandSettings | undefined
  readonly channel: WorkerChannel
  readonly targets: CommandTargets
  readonly clock: Clock
  readonly random: Random
  /** A fresh UUID. */
  readonly newId: () => string
  readonly log: Log
  readonly metrics: Pick<OrkMetrics, 'onCommandEnd' | 'onCommandRetry' | 'onCommandTime'>
}

export interface CommandPath {
  submit(request: CommandRequest): Promise<Submitted>
  status(commandId: string): CommandRecord | undefined
  /** The command as it is when it has ended or the time is over; undefined if it isn't known. */
  follow(commandId: string, waitMs: number): Promise<CommandRecord | undefined>
  cancel(commandId: string): Promise<Cancelled>
  counts(): CommandCounts
  /** Loads what an earlier process left. Rejects with a StoreError if that can't be read. */
  recover(): Promise<void>
  onRoutable(workerId: string): void
  onWorkerGone(workerId: string): void
  /** Answers whoever waits for a command to end. */
  letGo(): void
  /** Stops sending, and waits so long for what is under way. */
  drain(timeoutMs: number): Promise<void>
  /** When links are closed: waits for the last writes. */
  close(): Promise<void>
}

export function createCommandPath(options: CommandPathOptions): CommandPath {
  const { journal, store, settings, metrics, log, ...ports } = options
  const turns = new ConcurrencyManager({
    inFlightPerWorker: () => settings?.()?.maxInFlightPerWorker ?? usualLimits.inFlightPerWorker(),
    waiting: () => settings?.()?.maxQueued ?? usualLimits.waiting(),
  })
  const commands = new CommandStateMachine({
    ...ports,
    opened: journal,
    oldRows: store.sub(oldCommandStore),
    turns,
    retention: { forMs: () => settings?.()?.keepResultsMs ?? usualRetention.forMs() },
    onRetry({ commandId, correlationId, workerId, retries }) {
      metrics.onCommandRetry()
      log.info({ commandId, correlationId, workerId, retries }, 'a command got no answer and is tried again')
    },
    onEnd(command, record) {
      const { state, error, createdAt, updatedAt } = command
      waiters.onEnd(record)
      metrics.onCommandEnd(state === 'SUCCESS' ? state : 'FAILED', error)
      metrics.onCommandTime((updatedAt - createdAt) / 1_000)
      logEnd(log, command)
    },
  })
  const waiters = new CommandWaiters({ clock: ports.clock, find: (commandId) => commands.status(commandId) })
  const dispatcher = createCommandDispatcher({
    targets: ports.targets,
    intake: commands,
    onRejected: (error) => metrics.onCommandEnd('REJECTED', error),
  })
  return {
    submit: (request) => dispatcher.submit(request),
    status: (commandId) => commands.status(commandId),
    follow: (commandId, waitMs) => waiters.follow(commandId, waitMs),
    letGo: () => waiters.close(),
    cancel: (commandId) => commands.cancel(commandId),
    counts: () => ({ waiting: turns.waiting, inFlight: turns.inFlight, ended: commands.ended }),
    recover: () => commands.recover(),
    onRoutable: (workerId) => commands.onRoutable(workerId),
    onWorkerGone: (workerId) => commands.onWorkerGone(workerId),
    drain: (timeoutMs) => commands.drain(timeoutMs),
    close: () => commands.close(),
  }
}

/** There may be thousands that succeed in a second. */
function logEnd(log: Log, { commandId, correlationId, workerId, state, error }: Command): void {
  const fields = { commandId, correlationId, workerId, state }
  if (state === 'SUCCESS') log.debug(fields, 'command ended')
  else log.info({ ...fields, code: error }, 'command ended')
}
