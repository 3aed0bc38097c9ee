import { createKeyedBackoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { startDeadline } from './deadline.ts'
import type { Log, LogFields } from './log.ts'
import { type Outcome, type Reconcile, retry } from './outcome.ts'
import type { Random } from './random.ts'
import { type Lane, type QueueHooks, type Taken, WorkQueue } from './work-queue.ts'

/** How a run is counted: controller-runtime's `result`. */
export type RunResult = 'success' | 'requeue_after' | 'error'

/** Told what happens, for metrics. */
export interface ControllerHooks extends QueueHooks {
  /** Called once, with what a scrape reads. */
  created(queue: Pick<WorkQueue, 'depth' | 'runningMs'>): void
  ran(result: RunResult, tookMs: number): void
  retried(): void
  timedOut(): void
  /** A run threw what only a bug throws. */
  panicked(): void
}

export interface ControllerOptions {
  readonly name: string
  /** How many keys run at once. */
  readonly workers: number
  readonly reconcile: Reconcile
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly hooks?: ControllerHooks
}

export interface Controller {
  /** Accepts keys before `start` too; they wait. */
  enqueue(key: string, lane?: Lane): void
  start(): void
  /** Takes no more keys, lets what runs end for so long, then aborts it. Idempotent. */
  stop(drainMs: number): Promise<void>
}

/** Time after which a run's signal is aborted. */
const runLimitMs = 60_000
/** A run that was aborted ends soon: its requests end with the signal. */
const abortedEndsWithinMs = 1_000

/** Runs `reconcile` for each key, each key one at a time, failing ones again after 5 ms doubling to 1000 s. */
export function createController(options: ControllerOptions): Controller {
  const { workers, clock, random, hooks } = options
  const queue = new WorkQueue({ clock, hooks })
  const backoff = createKeyedBackoff({ firstMs: 5, limitMs: 1_000_000, random })
  const stopping = new AbortController()
  hooks?.created(queue)

  async function work(): Promise<void> {
    for (let taken = await queue.take(); taken !== null; taken = await queue.take()) {
      follow(taken, await runOnce(options, taken.key, stopping.signal))
      queue.finish(taken.key)
    }
  }

  function follow({ key, lane }: Taken, outcome: Outcome): void {
    if (outcome.kind !== 'retry') backoff.forget(key)
    if (outcome.kind === 'again') queue.addAfter(key, outcome.afterMs, lane)
    if (outcome.kind !== 'retry') return
    hooks?.retried()
    queue.addAfter(key, Math.min(backoff.nextMs(key), outcome.atLatestMs ?? Infinity), lane)
  }

  return {
    enqueue: (key, lane) => queue.add(key, lane),
    start: () => {
      for (let worker = 0; worker < workers; worker++) void work()
    },
    stop: async (drainMs) => {
      const drained = queue.shutDown()
      await within(clock, drainMs, drained)
      stopping.abort(new Error('the operator stops'))
      await within(clock, abortedEndsWithinMs, drained)
    },
  }
}

/** One run with its time limit, logged and counted. Never throws. */
async function runOnce(options: ControllerOptions, key: string, stopping: AbortSignal): Promise<Outcome> {
  const { clock, hooks } = options
  const startedAt = clock.monotonic()
  const deadline = startDeadline(clock, runLimitMs, 'the run', stopping)
  const outcome = await settle(options, key, deadline.signal)
  deadline.clear()
  if (deadline.passed) hooks?.timedOut()
  const tookMs = clock.monotonic() - startedAt
  hooks?.ran(resultOf(outcome), tookMs)
  if (!stopping.aborted) logRun(options, { controller: options.name, key, tookMs: Math.round(tookMs) }, outcome)
  return outcome
}

async function settle({ reconcile, hooks }: ControllerOptions, key: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return await reconcile(key, signal)
  } catch (error) {
    if (isBug(error)) hooks?.panicked()
    return retry(error instanceof Error ? error : new Error(String(error)))
  }
}

function logRun({ log }: ControllerOptions, fields: LogFields, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'retry':
      log.error({ ...fields, err: outcome.error }, 'reconcile failed, will be tried again')
      break
    case 'done':
    case 'again':
      log.debug(fields, 'reconciled')
  }
}

function resultOf(outcome: Outcome): RunResult {
  if (outcome.kind === 'done') return 'success'
  return outcome.kind === 'again' ? 'requeue_after' : 'error'
}

/** What the language throws by itself, and nobody on purpose. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
}

async function within(clock: Clock, limitMs: number, finished: Promise<void>): Promise<void> {
  const over = new AbortController()
  await Promise.race([finished, clock.sleep(limitMs, over.signal)])
  over.abort()
}
