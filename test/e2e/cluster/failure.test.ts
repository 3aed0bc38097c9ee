import { expect, test } from 'vitest'
import { CommandFailed } from './command.ts'
import { formatFailure } from './failure.ts'
import { PrerequisiteMissing } from './prerequisites.ts'

test('what a person can do something about is told without a stack', () => {
  const failed = new CommandFailed(['docker', 'build'], { exitCode: 1, stdout: '', stderr: 'no space left' })
  expect(formatFailure(failed)).toBe('"docker build" ended with 1:\nno space left')
  expect(formatFailure(new PrerequisiteMissing('no Go', 'install it'))).toBe('no Go\n  What to do: install it')
})

test('a bug is told with the place where it is', () => {
  expect(formatFailure(new TypeError('x is undefined'))).toMatch(/^TypeError: x is undefined\n +at /)
  expect(formatFailure('text')).toBe('text')
})
