import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDocument, parseAnswer } from './parse-answer.ts'

describe('parseAnswer', () => {
  it.each([
    ['{"a":1}\0', { a: 1 }],
    ['\0{"a":1}\0\0\n', { a: 1 }],
    [
      '{"STATUS":[{"STATUS":"S"}],"POOLS":[{"POOL":1}{"POOL":2}]}',
      { STATUS: [{ STATUS: 'S' }], POOLS: [{ POOL: 1 }, { POOL: 2 }] },
    ],
    ['{"a":1}{"b":2}', { a: 1 }],
    ['{"a":nan,"b":-nan,"c":inf,"d":[NaN,-inf]}', { a: null, b: null, c: null, d: [null, null] }],
    ['{"a":[1,2,],"b":{"c":3,},}', { a: [1, 2], b: { c: 3 } }],
    ['{,"a":1,,"b":[,2]}', { a: 1, b: [2] }],
    ['{"a":"line\nbreak"}', { a: 'line break' }],
  ])('understands %j', (text, value) => {
    expect(parseAnswer(text)).toEqual(value)
  })

  it('changes nothing inside strings, whatever they look like', () => {
    const value = { url: 'stratum+tcp://binance.inf:1', 'nan}{': '}{,}\\" inf', bad: 0 }
    const broken = JSON.stringify(value).replace('"bad":0', '"bad":nan')
    expect(parseAnswer(broken)).toEqual({ ...value, bad: null })
  })

  it.each(['', 'not a miner', '<html></html>', '{"a":', '{"a":"x}', '{"a" 1}', '[1]'])(
    'understands nothing of %j',
    (text) => {
      expect(parseAnswer(text)).toBeUndefined()
    },
  )

  it('reads what is JSON as JSON does, and never throws on what is not', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value)
        expect(parseAnswer(text)).toEqual(JSON.parse(text))
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void parseAnswer(text)))
  })
})

describe('findDocument', () => {
  it('finds no document in any beginning of one, and finds the whole of it', () => {
    const text = '{"a":"}\\"{","b":[{"c":{}}]}'
    for (let length = 0; length < text.length; length += 1) expect(findDocument(text.slice(0, length))).toBeNull()
    expect(findDocument(`..${text}{"next"`)).toEqual({ start: 2, end: 2 + text.length })
  })
})
