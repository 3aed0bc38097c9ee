import { join } from 'node:path'
import { test } from 'vitest'
import { runCommand } from './command.ts'
import { ensureGo } from './go-toolchain.ts'
import { terminalProgress } from './progress.ts'

test("the node agent's rules follow from NetworkPolicies as its own tests say", { timeout: 300_000 }, async () => {
  const go = await ensureGo('to test the node agent', terminalProgress())
  const cwd = join(import.meta.dirname, 'programs/kubernetes')
  await runCommand(go.path, ['test', '-trimpath', '-buildvcs=false', './policy/'], {
    env: { ...go.env, CGO_ENABLED: '0' },
    cwd,
  })
})
