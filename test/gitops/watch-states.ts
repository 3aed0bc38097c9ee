import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { group, kinds, version } from '../../operator/src/api/group.ts'
import { findKubectl } from '../e2e/cluster/programs.ts'

/** An object of ours as the API server sends it. */
export interface State {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly generation: number
    readonly deletionTimestamp?: string
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[]
  }
}

export interface StateWatch {
  /** Every state that an object of ours has had, in the order in which the API server tells it. */
  readonly states: readonly State[]
  close(): Promise<void>
}

const startWithinMs = 30_000

/** Watches all of our objects in an API server, as any client sees them. */
export async function watchStates(kubeconfig: string): Promise<StateWatch> {
  const states: State[] = []
  const kubectl = (await findKubectl()) ?? 'kubectl'
  const children = Object.values(kinds).map(({ plural }) => {
    const path = `/apis/${group}/${version}/${plural}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true`
    const query = `${path}&resourceVersionMatch=NotOlderThan`
    const args = ['--kubeconfig', kubeconfig, 'get', '--raw', query]
    return spawn(kubectl, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  })
  const close = async () => {
    await Promise.all(children.map(end))
  }
  try {
    // With the first bookmark the API server says that it has told all that was there: the watch is on.
    const started = Promise.all(children.map((child) => follow(child, states)))
    await Promise.race([started, delay(startWithinMs, null, { ref: false }).then(tooLate)])
  } catch (error) {
    await close()
    throw error
  }
  return { states, close }
}

/** Resolves when the watch is on. */
function follow(child: ChildProcess, states: State[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`kubectl ended with ${code ?? '?'} before the watch was on`)))
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { type, object } = JSON.parse(line) as { type: string; object: State }
      if (type === 'BOOKMARK') resolve()
      else states.push(object)
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

function tooLate(): never {
  throw new Error(`no watch was on within ${startWithinMs / 1_000} s`)
}
