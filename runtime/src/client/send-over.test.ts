import { expect, test } from 'vitest'
import { systemClock } from '../machine/clock.ts'
import type { Link } from '../net/link.ts'
import type { KeptLink } from './kept-link.ts'
import { sendOver } from './send-over.ts'

test('what acts is not sent on a link that is doubted; what may be sent twice is', async () => {
  const asked: string[] = []
  const link: Link = {
    publicKey: 'ab'.repeat(32),
    ended: new Promise(() => undefined),
    open: true,
    request(message) {
      asked.push(message.toString())
      return Promise.resolve(message)
    },
    close: () => undefined,
  }
  const doubted: KeptLink = {
    current: () => link,
    problem: () => null,
    wait: (_, { sure } = { sure: false }) => Promise.resolve(sure ? null : link),
    onReplaced: () => () => undefined,
    setPeer: () => undefined,
    close: () => undefined,
  }
  const send = (text: string, acts: boolean) =>
    sendOver(doubted, systemClock, Buffer.from(text), { timeoutMs: 1_000, linkWaitMs: 1_000, acts })
  expect(await send('a command', true)).toEqual({ kind: 'unlinked' })
  expect(await send('a question', false)).toMatchObject({ kind: 'answered' })
  expect(asked).toEqual(['a question'])
})
