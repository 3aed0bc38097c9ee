import { describe, expect, it } from 'vitest'
import { type OrkStatusLine, parseOrkStatusLine, type WorkerStatus } from '../contract/status.ts'
import { createStatusFeed } from './status-feed.ts'

const diagnosis = { code: 'DnsDown', about: 'discovery', cause: 'c', remedy: 'r' } as const
const publicKey = 'cd'.repeat(32)
const worker = (workerId: string, devices: string[] = []): WorkerStatus => ({
  workerId,
  publicKey,
  state: 'READY',
  health: 'HEALTHY',
  driver: 'simulated',
  model: null,
  revision: 'r1',
  devices,
  unhealthy: [],
  problem: null,
})

function follow(): { feed: ReturnType<typeof createStatusFeed>; lines: OrkStatusLine[]; end: () => void } {
  const feed = createStatusFeed({ epoch: 'e1', publicKey })
  const lines: OrkStatusLine[] = []
  const end = feed.subscribe((text) => {
    const line = parseOrkStatusLine(text)
    if (line.kind === 'problem') throw new Error(line.message)
    lines.push(line.value)
  })
  return { feed, lines, end }
}

describe('createStatusFeed', () => {
  it('tells each change once, in the form of the contract, with a number that grows by one', () => {
    const { feed, lines } = follow()
    feed.setWorker(worker('w2'))
    feed.setFiles({ roster: 'abc' })
    feed.setStrangers(['b', 'a', 'b'])
    feed.removeWorker('w2')
    feed.setDiagnosis(diagnosis)
    expect(lines).toEqual([
      { type: 'worker', epoch: 'e1', seq: 1, worker: worker('w2') },
      { type: 'files', epoch: 'e1', seq: 2, files: { roster: 'abc' } },
      { type: 'strangers', epoch: 'e1', seq: 3, strangers: ['a', 'b'] },
      { type: 'worker-gone', epoch: 'e1', seq: 4, workerId: 'w2' },
      { type: 'diagnosis', epoch: 'e1', seq: 5, diagnosis },
    ])
  })

  it('keeps quiet when something is set to what it is', () => {
    const { feed, lines } = follow()
    feed.setWorker(worker('w1', ['a.1']))
    feed.setFiles({ roster: 'abc' })
    feed.setStrangers(['a'])
    feed.setDiagnosis(diagnosis)
    const before = feed.cursor()
    feed.setWorker(worker('w1', ['a.1']))
    feed.setFiles({ roster: 'abc' })
    feed.setStrangers(['a', 'a'])
    feed.setDiagnosis({ ...diagnosis })
    feed.removeWorker('nobody')
    expect(feed.cursor()).toEqual(before)
    expect(lines).toHaveLength(4)
  })

  it('has in its snapshot what the changes add up to, workers sorted', () => {
    const { feed } = follow()
    feed.setWorker(worker('w2'))
    feed.setWorker(worker('w1'))
    feed.setWorker(worker('w2', ['a.1']))
    feed.setFiles({ roster: null })
    const snapshot = parseOrkStatusLine(JSON.stringify({ type: 'snapshot', ...feed.snapshot() }))
    expect(snapshot).toMatchObject({
      kind: 'ok',
      value: {
        epoch: 'e1',
        seq: 4,
        status: { publicKey, files: { roster: null }, workers: [worker('w1'), worker('w2', ['a.1'])], strangers: [] },
      },
    })
  })

  it('is not changed by who goes on changing what he gave', () => {
    const { feed } = follow()
    const devices = ['a.1']
    feed.setWorker(worker('w1', devices))
    devices.push('a.2')
    feed.setWorker(worker('w1', devices))
    expect(feed.cursor().seq).toBe(2)
  })

  it('shows at most 100 strangers and tells nobody after the end of a subscription', () => {
    const { feed, lines, end } = follow()
    end()
    feed.setStrangers(Array.from({ length: 150 }, (_, index) => String(1000 + index)))
    expect(feed.snapshot().status).toHaveProperty('strangers.length', 100)
    expect(lines).toEqual([])
  })
})
