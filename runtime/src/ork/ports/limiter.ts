export interface LimiterOptions {
  /** Tasks under way, over all keys. */
  readonly limit: number
  /** Tasks under way for one key, so that one that hangs doesn't hold up the others. */
  readonly limitPerKey: number
  /** Tasks that wait; one more is turned away. */
  readonly queueLimit: number
}

/** Bounds how many tasks run at once. Those that wait start in the order of their coming, keys that are full aside. */
export interface Limiter {
  /** The task's own promise, or null when the queue is full and the task was not taken. */
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result> | null
}

interface Waiting {
  readonly key: string
  readonly start: () => void
}

export function createLimiter({ limit, limitPerKey, queueLimit }: LimiterOptions): Limiter {
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
    next.start()
  }

  return {
    run(key, task) {
      const runTask = () => task().finally(() => leave(key))
      if (hasRoom(key)) {
        enter(key)
        return runTask()
      }
      if (queue.length >= queueLimit) return null
      return new Promise<void>((start) => queue.push({ key, start })).then(runTask)
    },
  }
}
