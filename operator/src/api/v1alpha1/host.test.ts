import { describe, expect, test } from 'vitest'
import { canonicalHost, isHost } from './host.ts'

describe('a host', () => {
  test.each(['10.1.2.3', 'fd00::1', 'FD00:0::1', 'miner-1', '1-miner', 'a.b-c.example', '10.1.2.3.example'])(
    'can be %s',
    (text) => expect(isHost(text)).toBe(true),
  )

  test.each([
    '',
    '10.0.0.01',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1:4028',
    'miner:4028',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
  ])('is not %j, of which nobody could say what it means', (text) => expect(isHost(text)).toBe(false))

  test.each([
    ['Miner-1.Example', 'miner-1.example'],
    ['FD00:0:0:0::1', 'fd00::1'],
    ['fd00::0001', 'fd00::1'],
    ['10.1.2.3', '10.1.2.3'],
    ['what: ever', 'what: ever'],
  ])('%s is %s in its one writing', (text, written) => expect(canonicalHost(text)).toBe(written))
})
