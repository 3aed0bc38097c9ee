import { expect, test } from 'vitest'
import { findProgram, missingPrograms, PrerequisiteMissing } from './prerequisites.ts'

test('the message names what is missing, what for, and each package to install once', () => {
  const required = [
    { program: 'docker', debianPackage: 'docker.io' },
    { program: 'dockerd', debianPackage: 'docker.io' },
    { program: 'debootstrap', debianPackage: 'debootstrap' },
  ]
  const error = missingPrograms(required, 'to run containers')
  expect(error).toBeInstanceOf(PrerequisiteMissing)
  expect(error.message).toContain('docker, dockerd, debootstrap (to run containers)')
  expect(error.message).toContain('"apt-get install docker.io debootstrap"')
})

test('a program is found by name, one that is not there is not', async () => {
  expect(await findProgram('sh')).toMatch(/\/sh$/)
  expect(await findProgram('no-such-program-here')).toBeUndefined()
})
