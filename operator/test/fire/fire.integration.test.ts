import { afterAll, beforeAll, describe } from 'vitest'
import { crashSuite } from './crash-suite.ts'
import { faultsSuite } from './faults-suite.ts'
import { type Fire, startFire } from './fire.ts'
import { leaseSuite } from './lease-suite.ts'

let fire: Fire
const current = () => fire

beforeAll(async () => {
  fire = await startFire()
}, 300_000)
afterAll(() => fire.field.close())

// Most of the time is waiting, so all run on one API server side by side. The limit is for machines that are busy with others.
describe.concurrent('an operator', { timeout: 900_000 }, () => {
  crashSuite(current)
  leaseSuite(current)
  faultsSuite(current)
})
