import type { Clock } from '../../machine/clock.ts'

export interface LimiterOptions {
  readonly clock: Pick<Clock, 'after'>
  /** Tasks under way, over all keys. */
  readonly limit: number
  /** Tasks under way for one key, so that one that hangs doesn't hold up the others. */
  readonly limitPerKey: number
  /** Tasks that wait for one key; one more is turned away. */
  readonly queueLimitPerKey: number
  /** A task that waits longer isn't run: whoever asked for it would hardly wait for its end. */
  readonly patienceMs: number
}

/** Bounds how many tasks run at once. Those that wait start in the order of their coming, keys that are full aside. */
export interface Limiter {
  /** The outcome of the task, or null when it was not run: the queue was full, or it waited too long. */
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result | null>
}

interface Waiting {
  readonly key: string
  /** Null leaves it. */
  readonly begin: (turn: 'turn' | null) => void
}

export function createLimiter({ clock, limit, limitPerKey, queueLimitPerKey, patienceMs }: LimiterOptions): Limiter {
  const perKey = new Map<string, number>()
  const queue: Waiting[] = []
  let running = 0

  const hasRoom = (key: string): boolean => running < limit && (perKey.get(key) ?? 0) < limitPerKey
  const enter = (key: string): void => {
    running += 1
    perKey.set(key, (perKey.get(key) ?? 0) + 1)
  }
  const leave = (key: string): void => {
    running -= 1
    const left = (perKey.get(key) ?? 1) - 1
    if (left === 0) perKey.delete(key)
    else perKey.set(key, left)
    const index = queue.findIndex((waiting) => hasRoom(waiting.key))
    const [next] = index === -1 ? [] : queue.splice(index, 1)
    if (next === undefined) return
    enter(next.key)
    next.begin('turn')
  }
  const turnOf = (key: string): Promise<'turn' | null> =>
    new Promise((resolve) => {
      const waiting: Waiting = {
        key,
        begin(turn) {
          cancel()
          resolve(turn)
        },
      }
      const cancel = clock.after(patienceMs, () => {
        queue.splice(queue.indexOf(waiting), 1)
        waiting.begin(null)
      })
      queue.push(waiting)
    })

  return {
    async run(key, task) {
      if (hasRoom(key)) enter(key)
      else if (queue.filter((waiting) => waiting.key === key).length >= queueLimitPerKey) return null
      else if ((await turnOf(key)) === null) return null
      try {
        return await task()
      } finally {
        leave(key)
      }
    },
  }
}
