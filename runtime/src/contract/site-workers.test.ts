import { describe, expect, it } from 'vitest'
import { formatSiteWorkers, parseSiteWorkers, type SiteWorker } from './site-workers.ts'

const device = { id: 'r.1', driver: 'simulated', model: null, address: null, port: null, options: {}, credentials: {} }
const worker = (more: Partial<SiteWorker> = {}): SiteWorker => ({
  ...{ workerId: 'a', driver: 'simulated', model: null, devices: [device] },
  ...more,
})
const problemOf = (...workers: readonly object[]): string => {
  const parsed = parseSiteWorkers(JSON.stringify({ version: 1, workers }))
  return parsed.kind === 'problem' ? parsed.message : 'none'
}

describe('workers.json', () => {
  it('is read as it was written, sorted by id', () => {
    const [a, b] = [worker({ seed: '0a'.repeat(32) }), worker({ workerId: 'b', devices: [] })]
    expect(parseSiteWorkers(formatSiteWorkers([b, a]))).toEqual({ kind: 'ok', value: [a, b] })
  })

  it.each<[string, readonly object[], string]>([
    ['a worker twice', [worker(), worker({ devices: [] })], 'names the worker a twice'],
    ['a device in two workers', [worker(), worker({ workerId: 'b' })], 'names the device r.1 twice'],
    [
      'a driver of another release',
      [worker({ driver: 'x' })],
      "gives the worker a the driver x, which this release doesn't have",
    ],
    ['a model that its driver lacks', [worker({ driver: 'miner-whatsminer', model: 'S19' })], 'knows M30SP'],
    ['a worker without devices', [{ ...worker(), devices: undefined }], 'workers[0].devices: '],
  ])('%s is refused', (_, workers, sentence) => {
    expect(problemOf(...workers)).toContain(sentence)
  })

  it('a seed that cannot be used is refused without being shown', () => {
    const seed = 'AB'.repeat(32)
    expect(problemOf(worker({ seed }))).toContain('workers[0].seed: must be 64 hexadecimal')
    expect(problemOf(worker({ seed }))).not.toContain(seed)
  })
})
