import { describe, expect, it } from 'vitest'
import { systemClock } from '../machine/clock.ts'
import { type Link, LinkError } from '../net/link.ts'
import type { KeptLink } from './kept-link.ts'
import { type Repeatable, type Sent, sendOver } from './send-over.ts'

const limits = { timeoutMs: 1_000, linkWaitMs: 1_000 }

function linkThat(request: Link['request'], { isOurs = true } = {}): Link {
  return {
    publicKey: 'ab'.repeat(32),
    ended: new Promise(() => undefined),
    isOurs,
    open: true,
    request,
    close: () => undefined,
  }
}

function keeping(wait: KeptLink['wait']): KeptLink {
  return {
    current: () => null,
    problem: () => null,
    wait,
    onReplaced: () => () => undefined,
    setPeer: () => undefined,
    close: () => undefined,
  }
}

it('sends on a link that is doubted only what may be sent to anybody twice', async () => {
  const asked: string[] = []
  const link = linkThat((message) => {
    asked.push(message.toString())
    return Promise.resolve(message)
  })
  const doubted = keeping((_, { sure } = { sure: false }) => Promise.resolve(sure ? null : link))
  const send = (text: string, repeatable: Repeatable) =>
    sendOver(doubted, systemClock, Buffer.from(text), { ...limits, repeatable })
  expect(await send('a command', 'never')).toEqual({ kind: 'unlinked' })
  expect(await send('a command with a key', 'to-ours')).toEqual({ kind: 'unlinked' })
  expect(await send('a question', 'always')).toMatchObject({ kind: 'answered' })
  expect(asked).toEqual(['a question'])
})

describe('when the link ends before the answer', () => {
  const ends = () => Promise.reject(new LinkError('closed', 'ended'))
  const answers = (message: Buffer) => Promise.resolve(message)

  it.each<[Repeatable, readonly [boolean, boolean], Partial<Sent>]>([
    ['always', [false, false], { kind: 'answered' }],
    ['to-ours', [true, true], { kind: 'answered' }],
    ['to-ours', [false, true], { kind: 'failed', fateUnknown: true }],
    ['to-ours', [true, false], { kind: 'failed' }],
    ['never', [true, true], { kind: 'failed', fateUnknown: true }],
  ])(
    'what may be sent twice %s becomes, if the first and the next peer are ours: %s, %o',
    async (repeatable, areOurs, becomes) => {
      const [first, next] = areOurs
      const links = [linkThat(ends, { isOurs: first }), linkThat(answers, { isOurs: next })]
      const kept = keeping(() => Promise.resolve(links.shift() ?? null))
      expect(await sendOver(kept, systemClock, Buffer.from('a message'), { ...limits, repeatable })).toMatchObject(
        becomes,
      )
    },
  )
})
