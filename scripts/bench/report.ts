/** What a bench prints. */
export interface Output {
  readonly text: string
  /** For `--json`. */
  readonly json: unknown
}

/** What was measured of one thing, in milliseconds. */
export interface Line {
  readonly what: string
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** What the 99th percentile is to stay below; null where nothing is asked. */
  readonly goalMs: number | null
  /** How many times as long as the reference, by the 50th percentile. */
  readonly ratio: number
}

export interface Report {
  readonly title: string
  /** What the lines' ratios are over. */
  readonly reference: Line
  readonly lines: readonly Line[]
}

export interface Measured {
  readonly what: string
  readonly samplesMs: readonly number[]
  readonly goalMs: number | null
}

/** Sums up samples, and sets each line beside the reference. */
export function reportOf(title: string, reference: Measured, measured: readonly Measured[]): Report {
  const base = quantile(reference.samplesMs, 0.5)
  return { title, reference: lineOf(reference, base), lines: measured.map((each) => lineOf(each, base)) }
}

function lineOf({ what, samplesMs, goalMs }: Measured, base: number): Line {
  const p50 = quantile(samplesMs, 0.5)
  return {
    what,
    count: samplesMs.length,
    p50: round(p50),
    p99: round(quantile(samplesMs, 0.99)),
    max: round(quantile(samplesMs, 1)),
    goalMs,
    ratio: round(p50 / base),
  }
}

/** The smallest sample that at least the given share of all don't exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export function formatReport({ title, reference, lines }: Report): string {
  const header = ['milliseconds', 'n', 'p50', 'p99', 'max', '/ reference', 'p99 goal']
  const rows = [header, ...[reference, ...lines].map(cellsOf)]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const format = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return [title, '', ...rows.map(format)].join('\n')
}

function cellsOf({ what, count, p50, p99, max, ratio, goalMs }: Line): readonly string[] {
  const goal = goalMs === null ? '' : `< ${goalMs} ${p99 < goalMs ? 'met' : 'MISSED'}`
  return [what, String(count), p50.toFixed(1), p99.toFixed(1), max.toFixed(1), `${ratio.toFixed(1)} x`, goal]
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
