import { describe, expect, it } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { type Dialler, type Link, LinkError } from '../net/link.ts'
import { type KeptLink, keepLink } from './kept-link.ts'

const peer = { publicKey: 'ab'.repeat(32) }

/** A transport that is told what to do: whether a dial succeeds and a peer gives signs of life. */
function transport() {
  const clock = manualClock()
  const dials: number[] = []
  const links: (Link & { end(): void })[] = []
  const state = { reachable: true, alive: true }
  const dialler: Dialler = {
    dial(to) {
      dials.push(clock.now())
      if (!state.reachable) return Promise.reject(new LinkError('unreachable', 'nobody answers'))
      const { promise: ended, resolve } = Promise.withResolvers<LinkError>()
      let open = true
      const end = () => {
        open = false
        resolve(new LinkError('closed', 'ended'))
      }
      const link = {
        publicKey: to.publicKey,
        ended,
        get open() {
          return open
        },
        request: () => Promise.reject(new LinkError('closed', 'not used here')),
        close: end,
        end,
      }
      links.push(link)
      return Promise.resolve(link)
    },
  }
  const probe = () => (state.alive ? Promise.resolve() : Promise.reject(new LinkError('timeout', 'no answer')))
  const changes: boolean[] = []
  const onChange = (link: Link | null) => void changes.push(link !== null)
  const kept: KeptLink = keepLink({ dialler, clock, random: () => 0, probe, onChange })
  return { clock, dials, links, state, kept, changes }
}

describe('keepLink', () => {
  it('dials again after pauses that begin at 0.3 s and grow to 2 s', async () => {
    const { clock, dials, state, kept } = transport()
    state.reachable = false
    const startedAt = clock.now()
    kept.setPeer(peer)
    await clock.advance(8_000)
    expect(dials.map((at) => at - startedAt)).toEqual([0, 300, 900, 2_100, 4_100, 6_100])
    expect(kept.problem()?.failure).toBe('unreachable')
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
    state.reachable = false
    await clock.advance(500)
    expect(kept.current()).toBe(links[0])
    await clock.advance(1_000)
    expect(kept.current()).toBeNull()
    expect(links[0]?.open).toBe(false)
    expect(changes).toEqual([true, false])
  })

  it('stays with a link that missed one sign of life and goes on, and stops dialling', async () => {
    const { clock, dials, links, state, kept } = transport()
    kept.setPeer(peer)
    await clock.advance(500)
    state.alive = false
    state.reachable = false
    await clock.advance(500)
    state.alive = true
    await clock.advance(1_000)
    state.reachable = true
    const before = dials.length
    await clock.advance(10_000)
    expect(kept.current()).toBe(links[0])
    expect(dials).toHaveLength(before)
  })

  it('gives who waits the link as soon as there is one, and null when the time is over or the peer is taken away', async () => {
    const { clock, state, kept } = transport()
    state.reachable = false
    kept.setPeer(peer)
    const impatient = kept.wait(100)
    const patient = kept.wait(10_000)
    await clock.advance(100)
    expect(await impatient).toBeNull()
    state.reachable = true
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
