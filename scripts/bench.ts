// npm run bench: measures, and prints a table.
import { benchDiscovery } from './bench/discovery.ts'
import { benchJournal } from './bench/journal.ts'
import { benchOperatorRuns } from './bench/operator-runs.ts'
import { figureNames, isFigureName } from './bench/ork/figures.ts'
import { benchOrk } from './bench/ork.ts'
import { formatReport, type Output, type Report } from './bench/report.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'

const usage = `Measures, and prints a table, or with --json the same as JSON.

  npm run bench -- NAME [--json]

  discovery | journal | operator  [--n COUNT]         samples for each line, 200 unless given
  ork  [--only FIGURE] …                    ${figureNames.join(', ')}
       [--commands COUNT] [--idle-s TIME]   of memory.1m and disk.1m, and of idle.bytes, where shorter ones will do`

interface Options {
  /** Samples for each line. */
  readonly count: number
  readonly commands: number
  readonly idleMs: number
  readonly only: readonly string[]
  /** Tells what is being done. */
  readonly say: (what: string) => void
}

const benches: Readonly<Record<string, (options: Options) => Promise<Output>>> = {
  discovery: async (options) => outputOf(await benchDiscovery(options)),
  journal: async (options) => outputOf(await benchJournal(options)),
  operator: async (options) => outputOf(await benchOperatorRuns(options)),
  ork: ({ only, ...options }) => benchOrk(options, only.filter(isFigureName)),
}

function outputOf(report: Report): Output {
  return { text: formatReport(report), json: report }
}

const { values, positionals } = parseCommandLine(usage, {
  allowPositionals: true,
  options: {
    n: { type: 'string', default: '200' },
    commands: { type: 'string', default: '1000000' },
    'idle-s': { type: 'string', default: '600' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
})
const [count, commands, idleS] = [Number(values.n), Number(values.commands), Number(values['idle-s'])]
const bench = benches[positionals[0] ?? '']
const isWhole = (number: number): boolean => Number.isInteger(number) && number > 0
if (
  bench === undefined ||
  positionals.length > 1 ||
  ![count, commands, idleS].every(isWhole) ||
  !values.only.every(isFigureName)
) {
  refuseCommandLine(usage, 'name what to measure; counts and times are whole numbers from 1')
}
const say = (what: string): void => console.error(what)
const output = await bench({ count, commands, idleMs: idleS * 1_000, only: values.only, say })
console.log(values.json ? JSON.stringify(output.json) : output.text)
process.exit(0)
