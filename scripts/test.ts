// Everything that must hold, in the order of what fails fastest.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { forEachBounded } from '../runtime/src/machine/bounded-fan-out.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'

/** What each stage runs. */
const stages = {
  prepare: ['node test/prepare.ts'],
  static: [
    'eslint .',
    'tsc -p tsconfig.json',
    'node scripts/generate.ts --check',
    'biome ci .',
    'depcruise --config .dependency-cruiser.js operator runtime scripts test',
    'knip',
  ],
  unit: ['vitest run --project unit'],
  integration: ['vitest run --project integration'],
  e2e: ['vitest run --project e2e'],
} as const satisfies Readonly<Record<string, readonly string[]>>

type Stage = keyof typeof stages

/** Stages that run side by side, command by command on as many cores as there are; if one of them fails, nothing follows. */
const order: readonly (readonly Stage[])[] = [
  ['prepare', 'static', 'unit'],
  // Both wait for half of their time: for clusters, time limits, and processes that come and go.
  ['integration', 'e2e'],
]

const usage = `Runs everything that must hold.

  npm test [-- --only STAGE]

  --only STAGE  a part of it, repeatable: ${Object.keys(stages).join(', ')}`

const { values } = parseCommandLine(usage, { options: { only: { type: 'string', multiple: true } } })
const wanted = new Set(values.only ?? Object.keys(stages))
const unknown = [...wanted].filter((name) => !(name in stages))
if (unknown.length > 0) refuseCommandLine(usage, `no stage is called ${unknown.join(', ')}`)

const rows: string[] = []
for (const together of order) {
  const commands = together.filter((stage) => wanted.has(stage)).flatMap((stage) => commandsOf(stage))
  const failed: string[] = []
  await forEachBounded(commands, availableParallelism(), async ({ stage, command }) => {
    if (!(await run(stage, command, commands.length === 1))) failed.push(command)
  })
  if (failed.length > 0) {
    console.error(`\n${rows.join('\n')}`)
    process.exit(1)
  }
}
console.log(`\n${rows.join('\n')}`)

function commandsOf(stage: Stage): { stage: Stage; command: string }[] {
  return stages[stage].map((command) => ({ stage, command }))
}

/** Runs a command to its end and shows what it prints, line by line behind the name of its stage if others print as well. */
async function run(stage: Stage, command: string, isAlone: boolean): Promise<boolean> {
  console.log(`\n— ${stage}: ${command}`)
  const started = performance.now()
  const child = spawn(`${command}${isAlone ? '' : ' 2>&1'}`, {
    shell: true,
    stdio: ['inherit', isAlone ? 'inherit' : 'pipe', 'inherit'],
  })
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => console.log(`${stage.padEnd(11)} | ${line}`))
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  rows.push(`${seconds.padStart(7)} s  ${status === 0 ? 'ok    ' : 'FAILED'}  ${stage}: ${command}`)
  return status === 0
}
