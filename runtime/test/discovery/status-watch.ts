import type { Diagnosis } from '../../src/contract/diagnosis.ts'
import { type OrkStatusLine, parseOrkStatusLine, type WorkerStatus } from '../../src/contract/status.ts'

type Condition = (watch: StatusWatch) => boolean

interface Waiting {
  readonly holds: Condition
  readonly resolve: (at: number) => void
}

/** ORK's status stream, followed. Times are `performance.now()` of the moment at which a line arrived. */
export class StatusWatch {
  readonly workers = new Map<string, WorkerStatus>()
  strangers: readonly string[] = []
  files: Readonly<Record<string, string | null>> = {}
  diagnosis: Diagnosis | null = null
  /** Lines that came so far, beats aside. */
  lines = 0
  #ended = ''
  readonly #stop = new AbortController()
  readonly #waiting = new Set<Waiting>()

  static open(url: string, token: string): StatusWatch {
    const watch = new StatusWatch()
    void watch.#read(url, token).catch((error: unknown) => {
      watch.#ended = error instanceof Error ? error.message : 'for an unknown reason'
    })
    return watch
  }

  /** Resolves when the condition holds, with the moment of the line that made it hold. Rejects after `limitMs`. */
  async until(what: string, holds: Condition, limitMs = 20_000): Promise<number> {
    if (holds(this)) return performance.now()
    const { promise, resolve } = Promise.withResolvers<number>()
    const waiting = { holds, resolve }
    this.#waiting.add(waiting)
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(this.#report(what, limitMs))), limitMs)
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(waiting)
    }
  }

  isReady(workerId: string): boolean {
    const worker = this.workers.get(workerId)
    return worker?.state === 'READY' && worker.health === 'HEALTHY'
  }

  close(): void {
    this.#stop.abort()
  }

  #report(what: string, limitMs: number): string {
    const state = JSON.stringify(
      { workers: [...this.workers.values()], strangers: this.strangers, diagnosis: this.diagnosis },
      null,
      1,
    )
    const end = this.#ended === '' ? '' : ` (the stream ended: ${this.#ended})`
    return `not in ${limitMs} ms: ${what}${end}\n${state}`
  }

  async #read(url: string, token: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` }
    const { ok, status, body } = await fetch(url, { headers, signal: this.#stop.signal })
    if (!ok || body === null) throw new Error(`${url} answered ${status}`)
    let rest = ''
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#onLine(line)
    }
    throw new Error('the stream is over')
  }

  #onLine(text: string): void {
    const parsed = parseOrkStatusLine(text)
    if (parsed.kind === 'problem') throw new Error(parsed.message)
    if (parsed.value.type !== 'beat') this.lines += 1
    this.#apply(parsed.value)
    const at = performance.now()
    for (const waiting of this.#waiting) if (waiting.holds(this)) waiting.resolve(at)
  }

  #apply(line: OrkStatusLine): void {
    switch (line.type) {
      case 'snapshot':
        this.workers.clear()
        for (const worker of line.status.workers) this.workers.set(worker.workerId, worker)
        this.strangers = line.status.strangers
        this.files = line.status.files
        this.diagnosis = line.status.diagnosis
        return
      case 'worker':
        this.workers.set(line.worker.workerId, line.worker)
        return
      case 'worker-gone':
        this.workers.delete(line.workerId)
        return
      case 'files':
        this.files = line.files
        return
      case 'strangers':
        this.strangers = line.strangers
        return
      case 'diagnosis':
        this.diagnosis = line.diagnosis
        return
      case 'beat':
        return
    }
  }
}
