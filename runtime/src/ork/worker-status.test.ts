import { expect, test } from 'vitest'
import { LinkError } from '../net/link.ts'
import { newWorker } from './modules/worker-registry/machine.ts'
import { formatWorkerStatus, type WorkerFacts } from './worker-status.ts'

const worker = {
  ...newWorker('w1', 'k1', { host: 'w1.site', port: 49737 }),
  state: 'READY' as const,
  claims: ['d1', 'd2'],
  registeredAt: 1,
}
const well: WorkerFacts = {
  worker,
  devices: ['d1', 'd2'],
  conflicts: [],
  health: { state: 'HEALTHY', misses: 0 },
  unhealthy: ['d2', 'gone'],
  linked: true,
  dialFailure: null,
  claimant: null,
  heldBack: null,
  registryProblem: null,
}
const unreachable = new LinkError('unreachable', 'nobody answered')

test('a worker that is well has no problem, and only its own devices are unhealthy', () => {
  expect(formatWorkerStatus(well)).toMatchObject({ workerId: 'w1', state: 'READY', unhealthy: ['d2'], problem: null })
})

test.each<[string, Partial<WorkerFacts>]>([
  ['no answer at w1.site:49737 and not found on the DHT', { linked: false, dialFailure: unreachable }],
  ['it is not found on the DHT', { linked: false, dialFailure: unreachable, worker: { ...worker, address: null } }],
  ['its connection ended; it is being dialled', { linked: false }],
  ['it is being dialled', { linked: false, worker: { ...worker, registeredAt: null } }],
  [
    'it has not answered the last 3 pings; it is dialled again beside its connection',
    { health: { state: 'SICK', misses: 3 } },
  ],
  ['the process with the key k9 calls itself by its name and is refused; end one of the two', { claimant: 'k9' }],
  ['it answers pings but not the rest', { heldBack: 'it answers pings but not the rest', claimant: 'k9' }],
  ['it is being registered', { worker: { ...worker, state: 'IDENTITY_SAVED' } }],
  ['it refuses capability.request with ERR_X', { registryProblem: 'it refuses capability.request with ERR_X' }],
  [
    'it claims device d9, which worker w2 has; take it off one of the two',
    { conflicts: [{ deviceId: 'd9', owner: 'w2' }] },
  ],
  [
    'it claims device d8, which worker w2 has (and 1 more such); take it off one of the two',
    {
      conflicts: [
        { deviceId: 'd8', owner: 'w2' },
        { deviceId: 'd9', owner: 'w2' },
      ],
    },
  ],
])('says "%s"', (problem, change) => {
  expect(formatWorkerStatus({ ...well, ...change }).problem).toBe(problem)
})

test('a worker that answers pings but is silent on what registers it says which', () => {
  const facts = {
    ...well,
    worker: { ...worker, state: 'DISCOVERED' as const },
    registryProblem: 'it does not answer identity.request (timeout)',
  }
  expect(formatWorkerStatus(facts).problem).toBe('it does not answer identity.request (timeout)')
})
