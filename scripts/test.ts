// Everything that must hold, in the order of what fails fastest.
import { spawnSync } from 'node:child_process'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'

/** A stage and its commands; the stage ends at its first failure, and so does the whole. */
const stages: Readonly<Record<string, readonly string[]>> = {
  static: [
    'node scripts/generate.ts --check',
    'tsc -p tsconfig.json',
    'biome ci .',
    'eslint .',
    'depcruise --config .dependency-cruiser.js operator runtime scripts test',
    'knip',
  ],
  unit: ['vitest run --project unit'],
  integration: ['vitest run --project integration'],
  e2e: ['vitest run --project e2e'],
}

const usage = `Runs everything that must hold.

  npm test [-- --only STAGE]

  --only STAGE  a part of it, repeatable: ${Object.keys(stages).join(', ')}`

const { values } = parseCommandLine(usage, { options: { only: { type: 'string', multiple: true } } })
const wanted = values.only ?? Object.keys(stages)
const unknown = wanted.filter((name) => !(name in stages))
if (unknown.length > 0) refuseCommandLine(usage, `no stage is called ${unknown.join(', ')}`)

const rows: string[] = []
for (const name of wanted) {
  for (const command of stages[name] ?? []) {
    console.log(`\n— ${name}: ${command}`)
    const started = performance.now()
    const { status } = spawnSync(command, { shell: true, stdio: 'inherit' })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    rows.push(`${seconds.padStart(7)} s  ${status === 0 ? 'ok    ' : 'FAILED'}  ${name}: ${command}`)
    if (status !== 0) {
      console.error(`\n${rows.join('\n')}`)
      process.exit(1)
    }
  }
}
console.log(`\n${rows.join('\n')}`)
