import { describe, expect, it } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { type Dialler, type Link, LinkError } from '../net/link.ts'
import { type KeptLink, keepLink } from './kept-link.ts'

const peer = { publicKey: 'ab'.repeat(32) }

/** A transport that is told what to do: what becomes of a dial, and when a peer gives signs of life. */
function transport() {
  const clock = manualClock()
  const dials: { readonly at: number; readonly signal: AbortSignal | undefined; readonly answer: () => void }[] = []
  const links: (Link & { end(): void })[] = []
  const state = { peer: 'there' as 'there' | 'away' | 'silent', alive: true, slowMs: 0 }
  const dialler: Dialler = {
    dial(to, { timeoutMs, signal }) {
      const { promise, resolve, reject } = Promise.withResolvers<Link>()
      const fail = () => reject(new LinkError('unreachable', 'nobody answers'))
      const answer = () => resolve(newLink(to.publicKey))
      dials.push({ at: clock.now(), signal, answer })
      if (state.peer === 'there') answer()
      if (state.peer === 'away') fail()
      if (state.peer === 'silent') void clock.sleep(timeoutMs, signal).then(fail)
      return promise
    },
  }
  function newLink(publicKey: string): Link {
    const { promise: ended, resolve } = Promise.withResolvers<LinkError>()
    let open = true
    const end = () => {
      open = false
      resolve(new LinkError('closed', 'ended'))
    }
    const link = {
      publicKey,
      ended,
      isOurs: true,
      get open() {
        return open
      },
      request: () => Promise.reject(new LinkError('closed', 'not used here')),
      close: end,
      end,
    }
    links.push(link)
    return link
  }
  const probe = async () => {
    if (state.slowMs > 0) await clock.sleep(state.slowMs)
    if (!state.alive) throw new LinkError('timeout', 'no answer')
  }
  const changes: boolean[] = []
  const onChange = (link: Link | null) => void changes.push(link !== null)
  const kept: KeptLink = keepLink({ dialler, clock, random: () => 0, probe, onChange })
  const startedAt = clock.now()
  const dialledAt = () => dials.map(({ at }) => at - startedAt)
  return { clock, dials, dialledAt, links, state, kept, changes }
}

describe('keepLink', () => {
  it('dials a peer that is away four times a second, and after half a minute ever slower, down to every two seconds', async () => {
    const { clock, dialledAt, state, kept } = transport()
    state.peer = 'away'
    kept.setPeer(peer)
    await clock.advance(1_000)
    expect(dialledAt()).toEqual([0, 250, 500, 750, 1_000])
    expect(kept.problem()?.failure).toBe('unreachable')
    await clock.advance(28_000)
    expect(dialledAt()).toHaveLength(117)
    await clock.advance(300_000)
    const [last = 0, before = 0] = dialledAt().reverse()
    expect(last - before).toBe(2_000)
  })

  it('dials beside dials that nobody answers, and gives the others up when one is answered', async () => {
    const { clock, dials, links, state, kept } = transport()
    state.peer = 'silent'
    kept.setPeer(peer)
    await clock.advance(600)
    expect(dials).toHaveLength(3)
    dials[1]?.answer()
    dials[2]?.answer()
    await clock.advance(10_000)
    expect(kept.current()).toBe(links[0])
    expect(links.map(({ open }) => open)).toEqual([true, false])
    expect(dials).toHaveLength(3)
    expect(dials[0]?.signal?.aborted).toBe(true)
  })

  it('dials at once when a link that worked has ended', async () => {
    const { clock, dials, links, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(5_000)
    links[0]?.end()
    await clock.advance(0)
    expect(dials).toHaveLength(2)
    expect(kept.current()).toBe(links[1])
  })

  it('does not dial in a circle a peer that ends each link at once', async () => {
    const { clock, dials, links, state, kept } = transport()
    state.alive = false
    kept.setPeer(peer)
    for (let times = 0; times < 40; times += 1) {
      await clock.advance(100)
      links.at(-1)?.end()
    }
    expect(dials.length).toBeLessThan(7)
  })

  it('dials beside the old link after one missed sign of life, and changes over without a gap', async () => {
    const { clock, links, state, kept, changes } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    state.alive = false
    await clock.advance(500)
    expect(links).toHaveLength(2)
    expect(kept.current()).toBe(links[1])
    expect(changes).toEqual([true])
  })

  it('leaves a link that was replaced open until what was asked on it has had its time', async () => {
    const { clock, links, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    state.alive = false
    await clock.advance(500)
    state.alive = true
    await clock.advance(7_000)
    expect(links[0]?.open).toBe(true)
    await clock.advance(1_000)
    expect(links[0]?.open).toBe(false)
  })

  it('ends the links that it has replaced when it is given another peer', async () => {
    const { clock, links, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    state.alive = false
    await clock.advance(500)
    kept.close()
    expect(links.map(({ open }) => open)).toEqual([false, false])
    expect(clock.armed).toBe(0)
  })

  it('gives up a link after the second missed sign of life, even if nobody else answers', async () => {
    const { clock, links, state, kept, changes } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    state.alive = false
    state.peer = 'away'
    await clock.advance(500)
    expect(kept.current()).toBe(links[0])
    await clock.advance(1_000)
    expect(kept.current()).toBeNull()
    expect(links[0]?.open).toBe(false)
    expect(changes).toEqual([true, false])
  })

  it('doubts a link half a second after a probe without an answer, and gives it up only after two', async () => {
    const { clock, links, dialledAt, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    Object.assign(state, { peer: 'silent', alive: false, slowMs: 1_500 })
    await clock.advance(999)
    expect(dialledAt()).toEqual([0])
    await clock.advance(300)
    expect(dialledAt()).toEqual([0, 1_500, 1_750])
    await clock.advance(3_100)
    expect(kept.current()).toBe(links[0])
    await clock.advance(200)
    expect(kept.current()).toBeNull()
  })

  it('dials a peer that is always slow ever less, and stays with its link', async () => {
    const { clock, links, state, kept } = transport()
    state.slowMs = 600
    kept.setPeer(peer)
    await clock.advance(60_000)
    expect(links.length).toBeLessThan(9)
    expect(kept.current()).toBe(links.at(-1))
  })

  it('gives who must be sure of the link one that is not doubted', async () => {
    const { clock, links, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    Object.assign(state, { peer: 'away', slowMs: 800 })
    await clock.advance(1_100)
    expect(await kept.wait(1_000)).toBe(links[0])
    const [impatient, patient] = [100, 1_000].map((timeoutMs) => kept.wait(timeoutMs, { sure: true }))
    await clock.advance(250)
    expect(await impatient).toBeNull()
    expect(await patient).toBe(links[0])
  })

  it('tells once who asked that a link was replaced, and not who took that back', async () => {
    const { clock, links, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    const [first] = links
    const told: string[] = []
    if (first !== undefined) {
      kept.onReplaced(first, () => told.push('kept'))
      kept.onReplaced(first, () => told.push('taken back'))()
    }
    state.alive = false
    await clock.advance(10_000)
    expect(links.length).toBeGreaterThan(2)
    expect(told).toEqual(['kept'])
  })

  it('stays with a link that missed one sign of life and goes on, and stops dialling', async () => {
    const { clock, dials, links, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    state.alive = false
    state.peer = 'away'
    await clock.advance(500)
    state.alive = true
    await clock.advance(1_000)
    state.peer = 'there'
    const before = dials.length
    await clock.advance(10_000)
    expect(kept.current()).toBe(links[0])
    expect(dials).toHaveLength(before)
  })

  it('gives who waits the link as soon as there is one, and null when the time is over or the peer is taken away', async () => {
    const { clock, state, kept } = transport()
    state.peer = 'away'
    kept.setPeer(peer)
    const impatient = kept.wait(100)
    const patient = kept.wait(10_000)
    await clock.advance(100)
    expect(await impatient).toBeNull()
    state.peer = 'there'
    await clock.advance(1_000)
    expect(await patient).toBe(kept.current())
    kept.setPeer(null)
    expect(await kept.wait(10_000)).toBeNull()
    expect(clock.armed).toBe(0)
  })

  it('closes a link that comes too late for its peer', async () => {
    const { clock, links, kept } = transport()
    kept.setPeer(peer)
    kept.setPeer({ publicKey: 'cd'.repeat(32) })
    await clock.advance(0)
    expect(links.map(({ open }) => open)).toEqual([false, true])
    expect(kept.current()?.publicKey).toBe('cd'.repeat(32))
    kept.close()
    await clock.advance(60_000)
    expect(links).toHaveLength(2)
  })
})
