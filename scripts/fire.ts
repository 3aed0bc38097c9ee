// npm run fire: the operator under fire for as long as one likes. `npm run test:integration` runs a few rounds of it.
import { startFire } from '../operator/test/fire/fire.ts'
import { creation, deletion, rackChange } from '../operator/test/fire/hello-life.ts'
import { soak } from '../operator/test/fire/soak.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'

const usage = `Sites live their lives against a real API server while operators are killed and paused, and requests and watches go wrong
at random. The last line has the counts.

  npm run fire [-- [--seed N] [--rounds M] [--at-once K]]`

const { values } = parseCommandLine(usage, {
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '50' },
    'at-once': { type: 'string', default: '4' },
  },
})
const [seed, rounds, atOnce] = [values.seed, values.rounds, values['at-once']].map(Number)
if (![seed, rounds, atOnce].every((count) => Number.isInteger(count) && Number(count) > 0)) {
  refuseCommandLine(usage, 'seed, rounds and at-once are whole numbers from 1')
}

const life = [creation, rackChange, deletion]
const { field, ends } = await startFire()
try {
  const began = performance.now()
  const options = { seed: seed ?? 1, rounds: rounds ?? 1, atOnce: atOnce ?? 1, life }
  const { requests, faults, kills, pauses } = await soak(field, ends, {
    ...options,
    say: (what) => console.error(what),
  })
  const seconds = Math.round((performance.now() - began) / 1_000)
  const met = `${requests} requests with ${faults} faults, ${kills} kills, ${pauses} pauses`
  console.log(`seed ${seed}, ${rounds} rounds in ${seconds} s: ${met}; every site ended as it would have undisturbed`)
} finally {
  await field.close()
}
process.exit(0)
