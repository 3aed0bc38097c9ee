/** What `bench ork` measures, by name: units, goals, and how a figure is shown. */

interface Facts {
  readonly unit: '/s' | 'ms' | 'MB' | 'B'
  readonly what: string
  /** What the plain library did in the same minute; null where it has nothing to set beside. */
  readonly reference: string | null
  readonly goal: Goal
}

/** What is asked of a figure, or of its ratio to the reference. */
type Goal =
  | { readonly of: 'value' | 'ratio'; readonly atLeast: number }
  | { readonly of: 'value'; readonly below: number }
  | { readonly of: 'value'; readonly is: number }

const echo = 'raw echo of the same size'
const site = 'plain library, same workers'

export const facts = {
  'pull.c64': {
    unit: '/s',
    what: 'telemetry pulls, ORK to worker, 64 at once',
    reference: echo,
    goal: { of: 'ratio', atLeast: 0.9 },
  },
  'command.c64': {
    unit: '/s',
    what: 'commands, dispatch in ORK to SUCCESS, 64 at once',
    reference: echo,
    goal: { of: 'ratio', atLeast: 0.35 },
  },
  'command.c64.powerloss': {
    unit: '/s',
    what: 'the same, each surviving a power cut',
    reference: echo,
    goal: { of: 'ratio', atLeast: 0.25 },
  },
  'command.seq': {
    unit: '/s',
    what: 'commands, dispatch in ORK to SUCCESS, one after the other',
    reference: echo,
    goal: { of: 'value', atLeast: 3_000 },
  },
  'command.seq.powerloss': {
    unit: '/s',
    what: 'the same, each surviving a power cut',
    reference: echo,
    goal: { of: 'value', atLeast: 1_000 },
  },
  'command.client.c64': {
    unit: '/s',
    what: 'commands, a client sends and hears of SUCCESS, 64 at once',
    reference: echo,
    goal: { of: 'ratio', atLeast: 0.18 },
  },
  'ack.p99': {
    unit: 'ms',
    what: 'a client sends and hears that it is accepted, p99 at half of that rate',
    reference: `${echo}, same rate`,
    goal: { of: 'value', below: 5 },
  },
  'site-pull.50x100': {
    unit: 'ms',
    what: 'telemetry of 50 workers with 100 devices each',
    reference: site,
    goal: { of: 'value', below: 25 },
  },
  'site-pull.1000x100': {
    unit: 'ms',
    what: 'telemetry of 1,000 workers with 100 devices each',
    reference: site,
    goal: { of: 'value', below: 300 },
  },
  'scale.ready.1000': {
    unit: 'ms',
    what: 'start of an ORK without a store to 1,000 workers READY',
    reference: site,
    goal: { of: 'value', below: 3_000 },
  },
  'scale.rss.1000': {
    unit: 'MB',
    what: 'memory of ORK after that and a pull of the site',
    reference: site,
    goal: { of: 'value', below: 400 },
  },
  'scale.list.1000': {
    unit: 'ms',
    what: 'a page of 100 of the list of 1,000 workers, p99, as a client gets it',
    reference: null,
    goal: { of: 'value', below: 50 },
  },
  'memory.1m': {
    unit: 'MB',
    what: 'memory of ORK after a million commands',
    reference: 'server of a million raw echoes',
    goal: { of: 'value', below: 150 },
  },
  'disk.1m': {
    unit: 'MB',
    what: "ORK's state folder after a million commands",
    reference: null,
    goal: { of: 'value', below: 200 },
  },
  'idle.bytes': {
    unit: 'B',
    what: 'written by ORK in 10 minutes with 50 workers and nothing to do',
    reference: null,
    goal: { of: 'value', is: 0 },
  },
} as const satisfies Readonly<Record<string, Facts>>

export type FigureName = keyof typeof facts

export const figureNames = Object.keys(facts) as readonly FigureName[]

export function isFigureName(name: string): name is FigureName {
  return Object.hasOwn(facts, name)
}

export interface Figure {
  readonly name: FigureName
  /** In the unit of its name; null where it couldn't be measured, and `note` says why. */
  readonly value: number | null
  readonly reference: number | null
  /** What else there is to say. */
  readonly note: string
}

/** What `--json` prints of a figure. */
export interface JsonFigure {
  readonly name: string
  readonly unit: string
  readonly value: number | null
  readonly reference: number | null
  readonly ratio: number | null
}

export function formatJson({ name, value, reference }: Figure): JsonFigure {
  return {
    name,
    unit: facts[name].unit,
    value: rounded(value),
    reference: rounded(reference),
    ratio: rounded(ratioOf({ value, reference })),
  }
}

export function formatFigures(title: string, figures: readonly Figure[]): string {
  const rows = [['figure', 'value', 'reference', 'ratio', 'goal', ''], ...figures.map(cellsOf)]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return [title, '', ...lines.map((line) => line.trimEnd())].join('\n')
}

function cellsOf(figure: Figure): string[] {
  const { name, value, reference, note } = figure
  const { unit } = facts[name]
  const ratio = ratioOf(figure)
  const amount = (number: number | null): string => (number === null ? '-' : `${formatNumber(number)} ${unit}`)
  return [name, amount(value), amount(reference), ratio === null ? '-' : ratio.toFixed(2), goalOf(figure), note]
}

/** The goal, and whether it was met. */
function goalOf(figure: Figure): string {
  const { goal, unit }: Facts = facts[figure.name]
  const seen = goal.of === 'ratio' ? ratioOf(figure) : figure.value
  const wanted = goal.of === 'ratio' ? 'ratio' : unit
  const [text, met] =
    'atLeast' in goal
      ? [`≥ ${goal.atLeast} ${wanted}`, (seen ?? 0) >= goal.atLeast]
      : 'below' in goal
        ? [`< ${goal.below} ${wanted}`, (seen ?? 0) < goal.below]
        : [`${goal.is} ${wanted}`, seen === goal.is]
  return seen === null ? text : `${text} ${met ? 'met' : 'MISSED'}`
}

function ratioOf({ value, reference }: Pick<Figure, 'value' | 'reference'>): number | null {
  return value === null || reference === null || reference === 0 ? null : value / reference
}

function formatNumber(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1_000) / 1_000
}
