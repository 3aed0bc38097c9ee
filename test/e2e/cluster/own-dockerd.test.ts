import { expect, test } from 'vitest'
import { parseCapability, parseDefaultLink } from './own-dockerd.ts'

test('the default link is that of the default route with the lowest metric', () => {
  const table = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0100000A	0003	0	0	100	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
`
  expect(parseDefaultLink(table)).toBe('eth0')
  expect(parseDefaultLink('')).toBeUndefined()
})

test('a capability is read from the permitted set, beyond 32 bits too', () => {
  const status = 'Name:\tnode\nCapPrm:\t000001fffeffffff\nCapEff:\t0000000000000000\n'
  expect(parseCapability(status, 24)).toBe(false)
  expect(parseCapability(status, 21)).toBe(true)
  expect(parseCapability(status, 40)).toBe(true)
  expect(parseCapability('', 0)).toBe(false)
})
