/** Lets so many through at once; the others wait in order. */
export interface Limiter {
  /** Resolves with what lets the next one through. Rejects with the signal's reason if that is aborted first. */
  enter(signal?: AbortSignal): Promise<() => void>
}

export function createLimiter(limit: number): Limiter {
  const waiting = new Set<() => void>()
  let free = limit

  function leaveOnce(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const [next] = waiting
      if (next === undefined) free++
      else next()
    }
  }

  return {
    enter(signal) {
      if (free > 0) {
        free--
        return Promise.resolve(leaveOnce())
      }
      return new Promise((resolve, reject) => {
        const abort = () => {
          waiting.delete(pass)
          reject(signal?.reason as Error)
        }
        const pass = () => {
          waiting.delete(pass)
          signal?.removeEventListener('abort', abort)
          resolve(leaveOnce())
        }
        if (signal?.aborted === true) abort()
        else {
          waiting.add(pass)
          signal?.addEventListener('abort', abort, { once: true })
        }
      })
    },
  }
}
