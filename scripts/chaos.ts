// npm run chaos: chaos for as long as one likes. `npm run test:integration` runs ten kills of it.
import { unleashChaos } from '../runtime/test/chaos/chaos.ts'
import { formatAudit } from '../runtime/test/chaos/ledger.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'

const usage = `ORK and workers are killed and paused and ORK's disk is filled up while commands are given to simulated miners, whose own count of
what they did is compared with what callers were told. The last line has the counts; the code is 1 if a command was lost, ran twice
or never ended.

  npm run chaos -- ork [--kills K] [--seed N]`

const { values, positionals } = parseCommandLine(usage, {
  allowPositionals: true,
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (positionals.join() !== 'ork' || ![kills, seed].every((value) => Number.isInteger(value) && value > 0)) {
  refuseCommandLine(usage, 'say what is to suffer: ork; kills and seed are whole numbers from 1')
}

/** Longer than the longest time that anybody waits for an answer, which is 32 s. */
const pauseMs = 40_000
const { audit, problems, noDisk } = await unleashChaos({
  seed,
  kills,
  pauses: Math.ceil(kills / 25),
  pauseMs,
  fullDisks: Math.ceil(kills / 20),
  say: (what) => console.error(what),
})
if (noDisk !== null) console.log(`no disk was filled up: ${noDisk}`)
for (const finding of [...audit.findings, ...problems]) console.log(finding)
console.log(formatAudit(kills, audit))
process.exit(audit.lost + audit.doubled + audit.stuck + problems.length === 0 ? 0 : 1)
