import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from './test-site.ts'

/** Asks again and again while something else goes on. */
export interface GoodCaller {
  /** Ends it. Gives the answers that weren't good or came too late, and how many came in all. */
  stop(): Promise<{ readonly wrong: readonly string[]; readonly answers: number }>
}

const pauseMs = 20
/** What a client waits for ORK's own answers. */
const limitMs = 8_000

/** Asks for the state of d1, whose worker has d1 and d2. */
export function startGoodCaller(caller: Caller): GoodCaller {
  const wrong: string[] = []
  let answers = 0
  const over = new AbortController()
  const asking = (async () => {
    while (!over.signal.aborted) {
      const began = performance.now()
      const problem = await problemOf(caller).catch(String)
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

/** What is wrong with an answer, null if nothing is. */
async function problemOf(caller: Caller): Promise<string | null> {
  const { state } = await caller.ask('state.pull', {}, 'd1')
  return Object.keys(state ?? {}).join() === 'd1,d2' ? null : `d1 and d2 are ${JSON.stringify(state)}`
}
