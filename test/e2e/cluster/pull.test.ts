import { expect, test } from 'vitest'
import { runCommand } from './command.ts'
import type { Docker } from './docker.ts'
import type { Progress } from './progress.ts'
import { tryPull } from './pull.ts'

/** Pulls with a shell script in place of `docker pull`, and keeps what the person is told. */
async function pullBy(script: string, limits: Parameters<typeof tryPull>[3]) {
  const notes: string[] = []
  const docker: Pick<Docker, 'run'> = { run: (_args, options) => runCommand('sh', ['-c', script], options) }
  const progress: Progress = { step: (_title, work) => work(), note: (text) => void notes.push(text) }
  return { isPulled: await tryPull(docker, 'name:1@sha256:0', progress, limits), notes }
}

const limits = { firstWordMs: 700, silenceMs: 10_000, timeoutMs: 20_000 }

test('a layer that takes longer than a registry may take to answer is waited for', async () => {
  const pull = 'echo "0: Pulling fs layer"; sleep 1.2; echo "0: Pull complete"'
  expect(await pullBy(pull, limits)).toEqual({ isPulled: true, notes: [] })
})

test('a registry that does not answer is given up soon', async () => {
  const { isPulled } = await pullBy('exec sleep 60', limits)
  expect(isPulled).toBe(false)
})
