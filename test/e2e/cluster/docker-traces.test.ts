import { expect, test } from 'vitest'
import { dockerRuleRemovals } from './docker-traces.ts'

const LISTING = `-P INPUT ACCEPT
-P FORWARD DROP
-N DOCKER
-N DOCKER-USER
-N DOCKERISH
-A FORWARD -j DOCKER-USER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i br-0123456789ab -o br-0123456789ab -j ACCEPT
-A FORWARD -i br-ffffffffffff -j ACCEPT
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -o eth0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
`

test("Docker's rules go first, then its chains, and no rule or chain of others", () => {
  expect(dockerRuleRemovals(LISTING, ['docker0', 'br-0123456789ab']).map((args) => args.join(' '))).toEqual([
    '-D FORWARD -j DOCKER-USER',
    '-D FORWARD -i docker0 ! -o docker0 -j ACCEPT',
    '-D FORWARD -i br-0123456789ab -o br-0123456789ab -j ACCEPT',
    '-D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
    '-F DOCKER',
    '-F DOCKER-USER',
    '-X DOCKER',
    '-X DOCKER-USER',
  ])
})

test('a table that is not there has nothing to remove', () => {
  expect(dockerRuleRemovals('', ['docker0'])).toEqual([])
})
