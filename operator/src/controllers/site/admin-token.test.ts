import { expect, test } from 'vitest'
import { secret } from '../../resources/secret.ts'
import { parseAdminToken } from './admin-token.ts'

const [first, second] = ['a'.repeat(20), 'b'.repeat(20)]
const read = (token: string) => parseAdminToken(secret({ name: 's-admin' }, { token }))

test.each([
  ['one', first],
  ['one with a newline at its end', `${first}\n`],
  ['several', `${first}\n${second}\n`],
  ['several with the line ends of Windows', `${first}\r\n${second}\r\n`],
])('the first token of %s is shown as the processes read it', (_, text) => {
  expect(read(text)).toEqual({ kind: 'ok', value: first })
})

test('a token that the processes would not take is not shown', () => {
  expect(read('short')).toMatchObject({ kind: 'problem', reason: 'TokensMalformed' })
  expect(read('')).toMatchObject({ kind: 'problem', reason: 'TokensMalformed' })
})
