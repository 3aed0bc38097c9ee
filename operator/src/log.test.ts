import { expect, test } from 'vitest'
import { createLog } from './log.ts'

test('a line is one JSON object, and secrets that get there by mistake are blanked', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  log.debug({}, 'not said')
  log.warn({ key: 'n/s', secret: { data: { seed: 'ab' } }, token: 'cd', err: new Error('no') }, 'watch broke')
  const [line, ...others] = lines.map((text) => JSON.parse(text) as Record<string, unknown>)
  expect(others).toEqual([])
  expect(line).toMatchObject({
    level: 'warn',
    service: 'operator',
    msg: 'watch broke',
    key: 'n/s',
    secret: { data: '[secret]' },
    token: '[secret]',
    err: { message: 'no' },
  })
})
