import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
const program = join(folder, 'program.ts')
writeFileSync(
  program,
  `import { parseCommandLine } from '${join(import.meta.dirname, 'command-line.ts')}'
   const { values } = parseCommandLine('usage: --context NAME', { options: { context: { type: 'string' } } })
   console.log(values.context)`,
)
afterAll(() => rmSync(folder, { recursive: true }))

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('what is given is taken', () => {
  expect(run(['--context=other'])).toEqual({ status: 0, stdout: 'other\n', stderr: '' })
})

test('--help prints the usage', () => {
  expect(run(['--help'])).toEqual({ status: 0, stdout: 'usage: --context NAME\n', stderr: '' })
})

test('what the program does not know is named, with the usage', () => {
  const { status, stderr } = run(['--contxt=other'])
  expect(status).toBe(2)
  expect(stderr).toMatch(/Unknown option '--contxt'[^]*usage: --context NAME/)
})

test('an option that npm took for its own, for want of --, is refused rather than left out', () => {
  const { status, stderr } = run([], { npm_config_context: 'other' })
  expect(status).toBe(2)
  expect(stderr).toContain('npm has taken --context for itself; write `--` before it')
})
