import { describe, expect, it } from 'vitest'
import { rightOf } from './admission.ts'

const tokens = { read: ['a-token-that-may-read'], command: ['a-token-that-may-command', 'its-successor-in-rotation'] }

describe('rightOf', () => {
  it.each([
    ['Bearer a-token-that-may-read', 'read'],
    ['Bearer a-token-that-may-command', 'command'],
    ['Bearer its-successor-in-rotation', 'command'],
    ['Bearer another-token-altogether', null],
    ['a-token-that-may-read', null],
    [undefined, null],
  ])('gives %j the right %j', (header, right) => {
    expect(rightOf(header, tokens)).toBe(right)
  })

  it('gives nobody a right without tokens', () => {
    expect(rightOf('Bearer a-token-that-may-read', null)).toBeNull()
    expect(rightOf('Bearer a-token-that-may-read', { read: [], command: [] })).toBeNull()
  })

  it('gives a token that is in both files the greater right', () => {
    expect(
      rightOf('Bearer one-token-for-everything', {
        read: ['one-token-for-everything'],
        command: ['one-token-for-everything'],
      }),
    ).toBe('command')
  })
})
