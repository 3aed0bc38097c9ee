import type { OrkAnswer } from '../client/ork-answer.ts'
import type { ListedWorker } from '../client/ork-replies.ts'
import type { Clock } from '../machine/clock.ts'

export type WorkerList = OrkAnswer<readonly ListedWorker[]>

/** ORK's worker list, asked for at most once at a time and, if it came, once a second, however many want it. */
export interface WorkerView {
  read(): Promise<WorkerList>
  /** Forgets what was read: it was another ORK's. */
  forget(): void
}

const freshMs = 1_000

interface Asked {
  readonly list: Promise<WorkerList>
  /** When it came; null while it is under way. */
  cameAt: number | null
}

export function createWorkerView(ask: () => Promise<WorkerList>, clock: Clock): WorkerView {
  let last: Asked | null = null
  return {
    read() {
      const isFresh = ({ cameAt }: Asked) => cameAt === null || clock.monotonic() - cameAt < freshMs
      if (last !== null && isFresh(last)) return last.list
      const asked: Asked = { list: askAndNote(), cameAt: null }
      async function askAndNote(): Promise<WorkerList> {
        const list = await ask()
        asked.cameAt = list.kind === 'ok' ? clock.monotonic() : Number.NEGATIVE_INFINITY
        return list
      }
      last = asked
      return asked.list
    },
    forget() {
      last = null
    },
  }
}
