// `npm run bench -- NAME [--n COUNT] [--json]`: measures and prints a table.
import { parseArgs } from 'node:util'
import { benchDiscovery } from './bench/discovery.ts'
import { benchJournal } from './bench/journal.ts'
import { benchOperatorRuns } from './bench/operator-runs.ts'
import { formatReport, type Report } from './bench/report.ts'

interface Options {
  /** Samples for each line. */
  readonly count: number
  /** Tells what is being done. */
  readonly say: (what: string) => void
}

const benches: Readonly<Record<string, (options: Options) => Promise<Report>>> = {
  discovery: benchDiscovery,
  journal: benchJournal,
  operator: benchOperatorRuns,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { n: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
})
const count = Number(values.n)
const bench = benches[positionals[0] ?? '']
if (bench === undefined || positionals.length > 1 || !Number.isInteger(count) || count < 1) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--n COUNT] [--json]`)
  process.exit(2)
}
const report = await bench({ count, say: (what) => console.error(what) })
console.log(values.json ? JSON.stringify(report) : formatReport(report))
process.exit(0)
