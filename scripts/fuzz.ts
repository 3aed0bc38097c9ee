// npm run fuzz: malformed frames for as long as one likes. `npm test` sends 100,000.
import { besiege } from '../runtime/test/fuzz/besiege.ts'
import { openProcessTargets } from '../runtime/test/fuzz/process-targets.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'

const usage = `Malformed frames at an ORK and a worker, each a process. The first that isn't answered is printed, with its seed.

  npm run fuzz [-- [--count N] [--seed N]]`

const { values } = parseCommandLine(usage, {
  options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
if (![count, seed].every((value) => Number.isInteger(value) && value > 0)) {
  refuseCommandLine(usage, 'count and seed are whole numbers from 1')
}

const targets = await openProcessTargets()
try {
  const began = performance.now()
  const each = Math.ceil(count / 2)
  await Promise.all((['ork', 'worker'] as const).map((to) => besiege(targets[to], { to, seed, count: each })))
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.log(`seed ${seed}: ${2 * each} malformed frames in ${seconds} s, each answered; both processes are well`)
} finally {
  await targets.close()
}
process.exit(0)
