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

test('a registry that does not answer is given up soon, and that is the reason', async () => {
  const notes = ["name:1 can't be pulled, so it will be made here. The reason: docker pull said nothing for 0.7 s"]
  expect(await pullBy('exec sleep 60', limits)).toEqual({ isPulled: false, notes })
})

test("a pull that is refused, or fails on the way, is told with Docker's own words", async () => {
  const refusal = 'Error response from daemon: toomanyrequests: You have reached your pull rate limit.'
  const { isPulled, notes } = await pullBy(`echo warning >&2; echo "${refusal}" >&2; exit 1`, limits)
  expect(isPulled).toBe(false)
  expect(notes).toEqual([`name:1 can't be pulled, so it will be made here. The reason: ${refusal}`])
})
