import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../../src/engine/log.ts'
import { type ManualClock, manualClock } from '../../src/engine/manual-clock.ts'
import { createCaches } from '../../src/kube/caches.ts'
import { countRules } from '../../src/kube/count-rules.ts'
import { createEventRecorder } from '../../src/kube/events.ts'
import { createKube, type Writer } from '../../src/kube/kube.ts'
import type { Condition } from '../../src/kube/status-decision.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { clusterAt, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let clock: ManualClock
let transport: Transport
let writer: Writer

beforeEach(async () => {
  server = await startScriptedServer()
  clock = manualClock()
  const surroundings = { clock, random: () => 0, log: silentLog }
  transport = createTransport({ ...surroundings, cluster: clusterAt(server), userAgent: 'test' })
  const caches = createCaches({ ...surroundings, transport, namespaces: 'all' })
  const events = createEventRecorder({ ...surroundings, transport, controller: 'test', instance: 'test' })
  const kube = createKube({ transport, caches, events, clock, countRules })
  writer = kube.writer('test', new AbortController().signal)
})
afterEach(async () => {
  await transport.close()
  await server.close()
})

const registered: Condition = { type: 'DevicesRegistered', status: 'True', reason: 'AllRegistered', message: '' }
const lost: Condition = { ...registered, status: 'False', reason: 'DevicesNotRegistered' }

/** Says of a rack with two devices how many are registered. */
function say(name: string, count: number, condition = registered) {
  const metadata = { name, namespace: 'mines', uid: name, resourceVersion: '1' }
  const status = { observedGeneration: 1, devices: { registered: 2 }, conditions: [registered] }
  const object = { apiVersion: 'mdk.io/v1alpha1', kind: 'MdkRack', metadata, status }
  const next = { observedGeneration: 1, devices: { registered: count }, conditions: [condition] }
  return writer.writeStatus(object, next, 'mines/s')
}

test('an object that waits for its turn in the site is back when a condition is held back no longer', async () => {
  const racks = Array.from({ length: 65 }, (_, at) => `rack-${at}`)
  for (const rack of racks) expect(await say(rack, 1)).toEqual({ kind: 'unchanged', againMs: 10_000 })
  await clock.advance(10_000)
  for (const rack of racks.slice(0, 5)) {
    const written = say(rack, 1)
    ;(await server.next()).json({}, 404)
    expect(await written).toEqual({ kind: 'absent' })
  }
  for (const rack of racks.slice(5, 64)) await say(rack, 1)
  // Its turn would be in 12 s.
  expect(await say('rack-64', 1, lost)).toEqual({ kind: 'unchanged', againMs: 10_000 })
  await clock.advance(10_000)
  const told = say('rack-64', 1, lost)
  const asked = await server.next()
  expect(asked.body).toContain('DevicesNotRegistered')
  asked.json({}, 404)
  await told
})
