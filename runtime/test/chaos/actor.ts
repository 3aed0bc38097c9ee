import { setTimeout as sleep } from 'node:timers/promises'
import type { SiteProcess } from '../discovery/process-site.ts'

/** One of a site's processes, which is started again whenever it ends, as a kubelet does. */
export interface Actor {
  readonly name: string
  /** The life that it is in. */
  current(): SiteProcess
  /** Whether it is stopped by a signal just now. */
  readonly paused: boolean
  /** Kills it, and starts it again. Resolves when its successor runs, which needn't be ready. */
  kill(): Promise<void>
  /** Stops it by SIGSTOP for so long, unless it is killed meanwhile. */
  pause(ms: number): Promise<void>
  /** Ends it for good. */
  end(): Promise<void>
}

export interface ActorPorts {
  readonly start: () => Promise<SiteProcess>
  /** Told when a life is over, and whether by our hand. */
  readonly onEnd: (life: SiteProcess, killed: boolean) => void
}

const restartMs = 300

export async function startActor(name: string, { start, onEnd }: ActorPorts): Promise<Actor> {
  let life = await start()
  let [paused, over] = [false, false]
  let restarting: Promise<void> = Promise.resolve()

  const begin = async (): Promise<void> => {
    while (!over) {
      const next = await start().catch(() => null)
      if (next !== null) {
        life = next
        watch(next)
        return
      }
      await sleep(restartMs)
    }
  }
  const killed = new Set<SiteProcess>()
  const watch = (watched: SiteProcess): void => {
    void watched.exited.then(() => {
      onEnd(watched, killed.has(watched))
      if (!killed.has(watched)) restarting = sleep(restartMs).then(begin)
    })
  }
  watch(life)
  const endLife = async (): Promise<void> => {
    await restarting
    killed.add(life)
    paused = false
    await life.end('SIGKILL')
  }
  return {
    name,
    current: () => life,
    get paused() {
      return paused
    },
    async kill() {
      await endLife()
      restarting = begin()
      await restarting
    },
    async pause(ms) {
      const stopped = life
      paused = true
      stopped.child.kill('SIGSTOP')
      await sleep(ms)
      stopped.child.kill('SIGCONT')
      paused = false
    },
    async end() {
      over = true
      await endLife()
    },
  }
}
