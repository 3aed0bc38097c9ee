import { afterEach, beforeEach, expect, test } from 'vitest'
import { exitCode } from '../../src/process/lifecycle.ts'
import { ProcessSite } from '../discovery/process-site.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { scriptedWorker } from './scripted-worker.ts'
import { entryOf } from './test-site.ts'

/** Together their turns crash often enough; one worker's alone wouldn't. */
const names = ['w1', 'w2', 'w3', 'w4']

let dht: TestDht
let site: ProcessSite
beforeEach(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap)
})
afterEach(async () => {
  await site.close()
  await dht.close()
})

test('an ORK whose job crashes on and on closes everything and ends with 4; one without the bug goes on from what is on disk', async () => {
  const members = names.map(async (workerId, at) => {
    const node = await dht.join(700 + at)
    await scriptedWorker(node, { workerId, devices: [`${workerId}.d1`], orkKey: site.ork.publicKey })
    return entryOf(node, workerId)
  })
  await site.writeRoster(await Promise.all(members))
  const bug = new URL('faults/bug-in-pongs.ts', import.meta.url).href
  const broken = await site.startOrk({ NODE_OPTIONS: `--import=${bug}` })
  expect(await broken.exited).toBe(exitCode.broken)
  const told = broken
    .log()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  const crashes = told.filter(({ msg }) => msg === 'a job crashed and goes on')
  expect(crashes.length).toBeGreaterThan(10)
  for (const crash of crashes) expect(crash).toMatchObject({ job: 'health-ping', err: { type: 'TypeError' } })
  const end = { level: 'fatal', job: 'health-ping', msg: 'a job crashed more often than it may: the process ends' }
  expect(told.filter(({ level }) => level === 'fatal')).toMatchObject([end])
  const mended = await site.startOrk()
  const status = site.watch(mended)
  await status.until('all are READY', (seen) => names.every((workerId) => seen.isReady(workerId)), 30_000)
  status.close()
})
