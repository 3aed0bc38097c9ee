import { describe, expect, test } from 'vitest'
import { decideRefresh, type LastRefresh } from './refresh.ts'

const wanted = 'aaaaaaaaaaaaaaaa'

describe('refreshing the files of a pod', () => {
  test('a process to which nothing is owed is left alone', () => {
    expect(decideRefresh({ wanted, owed: false, last: null }, 0)).toEqual({ write: null, againMs: null })
  })

  test('a process that runs something else is touched at once with the content hash', () => {
    expect(decideRefresh({ wanted, owed: true, last: null }, 7)).toEqual({
      write: { hash: wanted, times: 1, atMs: 7, value: wanted },
      againMs: 2_000,
    })
  })

  test('it is touched again with another value after pauses that double, until it has been touched eight times', () => {
    let last: LastRefresh | null = null
    let now = 0
    const values: string[] = []
    for (;;) {
      const { write, againMs } = decideRefresh({ wanted, owed: true, last }, now)
      if (write !== null) {
        values.push(write.value)
        last = write
      }
      if (againMs === null) break
      now += againMs
    }
    expect(values).toEqual([wanted, ...[2, 3, 4, 5, 6, 7, 8].map((times) => `${wanted}.${times}`)])
    expect(now / 1_000).toBe(2 + 4 + 8 + 16 + 30 + 30 + 30 + 30)
  })

  test('a look before the pause is over waits for the rest of it', () => {
    const last = { hash: wanted, times: 1, atMs: 1_000 }
    expect(decideRefresh({ wanted, owed: true, last }, 2_500)).toEqual({ write: null, againMs: 500 })
  })

  test('new content starts over', () => {
    const last = { hash: 'bbbbbbbbbbbbbbbb', times: 8, atMs: 1_000 }
    expect(decideRefresh({ wanted, owed: true, last }, 1_001).write?.times).toBe(1)
  })
})
