import { expect, it } from 'vitest'
import { createLookout } from './lookout.ts'

it('ORK lacks something while a worker is not there or while it cannot be found itself', () => {
  const seen: boolean[] = []
  let findable = false
  const lookout = createLookout({ see: (lacking) => seen.push(lacking) }, () => findable)
  lookout.look()
  findable = true
  lookout.look()
  lookout.setWorker({ workerId: 'w', state: 'DISCOVERED', health: 'UNKNOWN' })
  lookout.setWorker({ workerId: 'w', state: 'READY', health: 'HEALTHY' })
  lookout.setWorker({ workerId: 'w', state: 'READY', health: 'DEAD' })
  lookout.removeWorker('w')
  lookout.setWorker({ workerId: 'v', state: 'TERMINATED', health: 'UNKNOWN' })
  expect(seen).toEqual([true, false, true, false, true, false, false])
})
