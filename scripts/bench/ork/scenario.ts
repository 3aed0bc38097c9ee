import { quantile } from '../report.ts'
import type { Figure, FigureName } from './figures.ts'

/** What the command line says. */
export interface BenchOptions {
  /** Tells what is being done. */
  readonly say: (what: string) => void
  /** Commands after which memory and disk are looked at. */
  readonly commands: number
  /** How long ORK is left alone. */
  readonly idleMs: number
}

/** Figures that are measured together, because what they need is the same. */
export interface Scenario {
  readonly names: readonly FigureName[]
  /** Measures at least what is wanted of them. */
  measure(options: BenchOptions, wanted: ReadonlySet<FigureName>): Promise<readonly Figure[]>
}

/** Turns about, so that whatever else the machine does falls on both; an odd number. */
const rounds = 5
/** How long each turn of a rate takes. */
export const turnMs = 1_500

/** Measures a thing and its reference by turns, each once more at first, and gives the median of each. */
export async function besideReference(
  reference: () => Promise<number>,
  measured: () => Promise<number>,
): Promise<{ readonly value: number; readonly reference: number }> {
  const references: number[] = []
  const values: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    references.push(await reference())
    values.push(await measured())
  }
  return { value: quantile(values.slice(1), 0.5), reference: quantile(references.slice(1), 0.5) }
}
