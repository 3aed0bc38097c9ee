// Faults as rules of a proxy.
import type { Random } from '../../src/engine/random.ts'
import type { Asked } from './asked.ts'
import type { Edge, Faults, Verdict } from './fault-proxy.ts'

/** Ends the operator at its n-th write (1 is the first). From then on nothing of it reaches the server. */
export function killAtWrite(n: number, edge: Edge, kill: () => void): Faults {
  let writes = 0
  return {
    onRequest({ kind }) {
      if (writes === n) return { kind: 'swallow' }
      if (kind !== 'write') return { kind: 'pass' }
      writes += 1
      return writes === n ? { kind: 'cut', edge, then: kill } : { kind: 'pass' }
    },
  }
}

/** Cuts the connection of each write whose number (from 0) leaves `rest` when divided by `every`; the operator lives on. */
export function cutEach(every: number, rest: number, edge: Edge): Faults {
  let writes = 0
  return {
    onRequest({ kind }) {
      if (kind !== 'write') return { kind: 'pass' }
      return writes++ % every === rest ? { kind: 'cut', edge } : { kind: 'pass' }
    },
  }
}

export interface StormOptions {
  /** Share of the requests that it hits, by numbers of `random`. */
  readonly share?: number
  readonly random?: Random
  readonly only?: (asked: Asked) => boolean
}

/** Answers with an error instead. */
export function storm(
  refusal: Omit<Extract<Verdict, { kind: 'refuse' }>, 'kind'>,
  { share = 1, random = () => 0, only = () => true }: StormOptions = {},
): Faults {
  return { onRequest: (asked) => (only(asked) && random() < share ? { kind: 'refuse', ...refusal } : { kind: 'pass' }) }
}

/** Lists of whole kinds, writes, and so on that came since a moment. */
export function countAsked(asked: readonly Asked[], kind: Asked['kind'], sinceMs = 0): number {
  return asked.filter((one) => one.kind === kind && one.atMs >= sinceMs).length
}
