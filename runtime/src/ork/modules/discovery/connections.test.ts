import { expect, test } from 'vitest'
import { idleLink } from '../../../../test/net/idle-link.ts'
import { manualClock } from '../../../machine/manual-clock.ts'
import { createConnections } from './connections.ts'

function connectionsWith(count: number) {
  const clock = manualClock()
  const connections = createConnections({ clock, onUp: () => undefined, onDown: () => undefined })
  const links = Array.from({ length: count }, () => idleLink('k1'))
  for (const each of links) connections.adopt(each)
  return { clock, connections, links, open: () => links.map((each) => each.open) }
}

test('the newest link is used, and an older one stays until its requests have had their time', async () => {
  const { clock, connections, links, open } = connectionsWith(2)
  expect(connections.current('k1')).toBe(links[1])
  await clock.advance(29_999)
  expect(open()).toEqual([true, true])
  await clock.advance(1)
  expect(open()).toEqual([false, true])
})

test('of many links to one peer the two before the newest stay, so that their number has an end', () => {
  expect(connectionsWith(5).open()).toEqual([false, false, true, true, true])
})

test('an older link that is in use again, since the newer one ended, is not ended with its time', async () => {
  const { clock, connections, links } = connectionsWith(2)
  links[1]!.close()
  await clock.advance(30_000)
  expect(connections.current('k1')).toBe(links[0])
})
