import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again while something else goes on. */
export interface GoodCaller {
  /** Ends it. Gives the answers that weren't good or came too late, and how many came in all. */
  stop(): Promise<{ readonly wrong: readonly string[]; readonly answers: number }>
}

const pauseMs = 20

/** `ask` resolves with what is wrong with an answer, null if nothing is. */
export function startGoodCaller(ask: () => Promise<string | null>, limitMs: number): GoodCaller {
  const wrong: string[] = []
  let answers = 0
  const over = new AbortController()
  const asking = (async () => {
    while (!over.signal.aborted) {
      const began = performance.now()
      const problem = await ask().catch(String)
      const tookMs = Math.round(performance.now() - began)
      if (problem !== null) wrong.push(problem)
      if (tookMs > limitMs) wrong.push(`an answer took ${tookMs} ms`)
      answers += 1
      await sleep(pauseMs)
    }
  })()
  return {
    async stop() {
      over.abort()
      await asking
      return { wrong, answers }
    },
  }
}
