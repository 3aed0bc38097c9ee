/** Load on something that answers, in the process that calls it. */
import { performance } from 'node:perf_hooks'
import { quantile } from '../report.ts'

/** One request. Rejects when it isn't answered as it should be. */
type Request = (lane: number) => Promise<unknown>

export interface Served {
  readonly count: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface ClosedLoop {
  /** Requests under way at any time. */
  readonly concurrency: number
  readonly forMs: number
}

/** As many requests as are served in the time, a fixed number of them under way. */
export async function serveClosedLoop(request: Request, { concurrency, forMs }: ClosedLoop): Promise<Served> {
  const startedAt = performance.now()
  const takenMs: number[] = []
  const lane = async (number: number): Promise<void> => {
    for (let at = startedAt; at < startedAt + forMs; ) {
      await request(number)
      const now = performance.now()
      takenMs.push(now - at)
      at = now
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, number) => lane(number)))
  return summed(takenMs, performance.now() - startedAt)
}

/** A fixed number of requests, `concurrency` of them under way. */
export async function serveCount(request: Request, count: number, concurrency: number): Promise<Served> {
  const startedAt = performance.now()
  let left = count
  const lane = async (number: number): Promise<void> => {
    for (; left > 0; ) {
      left -= 1
      await request(number)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, number) => lane(number)))
  const tookMs = performance.now() - startedAt
  return { count, perSecond: (count / tookMs) * 1_000, p50Ms: Number.NaN, p99Ms: Number.NaN }
}

export interface OpenLoop {
  readonly perSecond: number
  readonly forMs: number
}

/**
 * Requests at a fixed rate, whether the earlier ones are answered or not. Each takes from the moment at which it was due, so that
 * waiting for its turn counts.
 */
export async function serveOpenLoop(request: Request, { perSecond, forMs }: OpenLoop): Promise<Served> {
  const startedAt = performance.now()
  const takenMs: number[] = []
  const total = Math.floor((perSecond * forMs) / 1_000)
  const underWay: Promise<void>[] = []
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000))
    for (; sent < due; sent += 1) {
      const dueAt = startedAt + ((sent + 1) * 1_000) / perSecond
      underWay.push(request(sent).then(() => void takenMs.push(performance.now() - dueAt)))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(underWay)
  return summed(takenMs, performance.now() - startedAt)
}

function summed(takenMs: readonly number[], tookMs: number): Served {
  const count = takenMs.length
  return {
    count,
    perSecond: (count / tookMs) * 1_000,
    p50Ms: quantile(takenMs, 0.5),
    p99Ms: quantile(takenMs, 0.99),
  }
}
