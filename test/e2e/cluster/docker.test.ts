import { expect, test } from 'vitest'
import { chooseDocker, type DockerSurroundings } from './docker.ts'
import { OWN_DOCKER_HOST } from './own-dockerd.ts'

const nothing: DockerSurroundings = {
  named: undefined,
  namedAnswers: false,
  ownRuns: false,
  defaultAnswers: false,
  canStartOwn: true,
}

test('a daemon that somebody names is used, and complained about if it is silent', () => {
  const named = { ...nothing, named: 'tcp://elsewhere:2375', ownRuns: true, defaultAnswers: true }
  expect(chooseDocker({ ...named, namedAnswers: true })).toEqual({ kind: 'use', host: 'tcp://elsewhere:2375' })
  expect(chooseDocker(named)).toEqual({ kind: 'named-is-silent', host: 'tcp://elsewhere:2375' })
})

test('our own daemon is started if it is named and does not run', () => {
  expect(chooseDocker({ ...nothing, named: OWN_DOCKER_HOST })).toEqual({ kind: 'start-own' })
})

test('our own daemon goes before the default one, since our clusters are in it', () => {
  expect(chooseDocker({ ...nothing, ownRuns: true, defaultAnswers: true })).toEqual({
    kind: 'use',
    host: OWN_DOCKER_HOST,
  })
  expect(chooseDocker({ ...nothing, defaultAnswers: true })).toEqual({ kind: 'use', host: undefined })
})

test('one of our own is started only where none answers and this user may', () => {
  expect(chooseDocker(nothing)).toEqual({ kind: 'start-own' })
  expect(chooseDocker({ ...nothing, canStartOwn: false })).toEqual({ kind: 'none' })
})
