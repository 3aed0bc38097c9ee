import { expect, test } from 'vitest'
import { buildImage } from './build-image.ts'
import type { Docker } from './docker.ts'

/** The command by which an image is built. */
async function commandOf(hasBuildKit: boolean, buildArgs?: Readonly<Record<string, string>>): Promise<string> {
  let command = ''
  const run: Docker['run'] = (args) => {
    command = args.join(' ')
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' })
  }
  await buildImage(
    { run, hasBuildKit },
    { target: 'runtime', tag: 'name:1', context: '/tree', ...(buildArgs && { buildArgs }) },
  )
  return command
}

test('a failed build leaves no container, which the classic builder has to be told', async () => {
  expect(await commandOf(false)).toContain('build --force-rm ')
  expect(await commandOf(true)).not.toContain('--force-rm')
})

test("values of the Dockerfile's arguments are passed, and the context comes last", async () => {
  expect(await commandOf(true, { NODE_BASE: 'base:1' })).toMatch(/ --build-arg NODE_BASE=base:1 .*\/tree$/)
})
