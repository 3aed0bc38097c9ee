import { expect, test } from 'vitest'
import { chooseGo, goMissing } from './go-toolchain.ts'

const go = (version: string) => ({ path: `/opt/${version}/bin/go`, version })

test('the newest Go is used, wherever it was found', () => {
  expect(chooseGo([go('go1.19.8'), go('go1.26.1'), go('go1.24.0')])).toEqual({ kind: 'new-enough', go: go('go1.26.1') })
})

test('a Go from 1.21 on fetches its own toolchain, an older one is made to download it', () => {
  expect(chooseGo([go('go1.21.0')]).kind).toBe('fetches-toolchain')
  expect(chooseGo([go('go1.19.8')]).kind).toBe('downloads-toolchain')
})

test('without any Go there is nothing to choose', () => {
  expect(chooseGo([])).toEqual({ kind: 'none' })
})

test('who has no Go is told what it is needed for', () => {
  const { message } = goMissing('to build kind from Go modules', 'there is none')
  expect(message).toContain('is needed to build kind from Go modules; there is none.')
})
