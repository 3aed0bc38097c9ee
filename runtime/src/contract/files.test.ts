import { describe, expect, it } from 'vitest'
import { deviceListRevision, formatDeviceList, parseDeviceList } from './device-list.ts'
import { formatDiscovery, parseDiscovery } from './discovery-file.ts'
import { formatRoster, parseRoster } from './roster.ts'
import { formatSettings, parseSettings } from './settings.ts'
import { parseTokens } from './tokens.ts'
import { parseTopic, topicHash } from './topic.ts'

const key = 'ab'.repeat(32)
const device = (id: string) => ({
  id,
  driver: 'simulated',
  model: null,
  address: null,
  port: null,
  options: {},
  credentials: {},
})

describe('devices.json', () => {
  it('reads what it wrote, sorted by id', () => {
    const text = formatDeviceList([device('r.b'), device('r.a')])
    expect(parseDeviceList(text)).toEqual({ kind: 'ok', value: [device('r.a'), device('r.b')] })
  })

  it('has one revision for one set of devices, whatever their order', () => {
    const revisions = [
      [device('r.a'), device('r.b')],
      [device('r.b'), device('r.a')],
    ].map((devices) => deviceListRevision(formatDeviceList(devices)))
    expect(revisions[0]).toBe(revisions[1])
  })

  it.each([
    ['an id twice', formatDeviceList([device('r.a'), device('r.a')]), 'twice'],
    ['a newer version', '{"version":2,"devices":[]}', 'version'],
    ['half a file', '{"version":1,"dev', 'devices.json'],
  ])('%s is refused as a whole', (_, text, words) => {
    const parsed = parseDeviceList(text)
    expect(parsed).toMatchObject({ kind: 'problem', reason: 'DeviceListMalformed' })
    expect(parsed).toHaveProperty('message', expect.stringContaining(words))
  })
})

describe('roster.json', () => {
  const worker = { workerId: 'w-1', publicKey: key, host: 'w-1.s-peers.ns.svc.cluster.local', port: 49737 }

  it('reads what it wrote', () => {
    const callers = [{ name: 'app-node', publicKey: key }]
    expect(parseRoster(formatRoster([worker], callers))).toEqual({
      kind: 'ok',
      value: { version: 1, workers: [worker], callers },
    })
  })

  it('a key that is not hex is refused', () => {
    const text = formatRoster([{ ...worker, publicKey: 'nonsense' }], [])
    expect(parseRoster(text)).toMatchObject({ kind: 'problem', reason: 'RosterMalformed' })
  })
})

describe('discovery.json', () => {
  it('reads what it wrote, with and without a key', () => {
    for (const orkPublicKey of [key, null]) {
      const text = formatDiscovery(orkPublicKey, ['dht-0:49737'])
      expect(parseDiscovery(text)).toEqual({
        kind: 'ok',
        value: { version: 1, orkPublicKey, bootstrap: ['dht-0:49737'] },
      })
    }
  })

  it.each(['dht-0', 'dht-0:0', 'dht-0:65536'])(
    'the bootstrap node %s, without a port to send to, is refused',
    (node) => {
      expect(parseDiscovery(formatDiscovery(null, [node]))).toMatchObject({ kind: 'problem' })
    },
  )

  it('carries hints for diagnoses, without which it is as it was before there were any', () => {
    const hints = { topicHash: '00112233aabbccdd', orkStatus: 's-ork.ns.svc.cluster.local:8080' }
    expect(parseDiscovery(formatDiscovery(key, [], hints))).toMatchObject({ kind: 'ok', value: hints })
    expect(formatDiscovery(key, [])).toBe(JSON.stringify({ version: 1, orkPublicKey: key, bootstrap: [] }))
  })
})

describe('settings.json', () => {
  it('reads what it wrote, all of it or nothing', () => {
    const all = {
      cadences: { healthPingMs: 200, statePullMs: 1_000 },
      commands: { maxInFlightPerWorker: 1, maxQueued: 1, keepResultsMs: 60_000 },
    }
    expect(parseSettings(formatSettings(all))).toEqual({ kind: 'ok', value: { version: 1, ...all } })
    expect(parseSettings(formatSettings({}))).toEqual({ kind: 'ok', value: { version: 1 } })
  })

  it.each([
    [{ cadences: { healthPingMs: 199 } }, 'cadences.healthPingMs: '],
    [{ cadences: { healthPingMs: 60_001 } }, 'cadences.healthPingMs: '],
    [{ cadences: { statePullMs: 999 } }, 'cadences.statePullMs: '],
    [{ cadences: { statePullMs: 600_001 } }, 'cadences.statePullMs: '],
    [{ commands: { maxInFlightPerWorker: 0 } }, 'commands.maxInFlightPerWorker: '],
    [{ commands: { maxInFlightPerWorker: 1_001 } }, 'commands.maxInFlightPerWorker: '],
    [{ commands: { maxQueued: 0 } }, 'commands.maxQueued: '],
    [{ commands: { maxQueued: 100_001 } }, 'commands.maxQueued: '],
    [{ commands: { maxQueued: 1.5 } }, 'commands.maxQueued: '],
    [{ commands: { keepResultsMs: 59_999 } }, 'commands.keepResultsMs: '],
    [{ commands: { keepResultsMs: 2_592_000_001 } }, 'commands.keepResultsMs: '],
    [{ commands: { keepResultsMs: '1h' } }, 'commands.keepResultsMs: '],
    [{ commands: { durability: 'fast' } }, 'commands: Unrecognized key: "durability"'],
    [{ cadence: {} }, 'the whole: Unrecognized key: "cadence"'],
  ])('%j is refused by name', (fields, words) => {
    const parsed = parseSettings(JSON.stringify({ version: 1, ...fields }))
    expect(parsed).toMatchObject({ kind: 'problem', reason: 'SettingsMalformed' })
    expect(parsed).toHaveProperty('message', expect.stringContaining(words))
  })
})

describe('topic', () => {
  it('drops the final newline and shows only a hash', () => {
    expect(parseTopic(`${key}\n`)).toEqual({ kind: 'ok', value: key })
    expect(topicHash(key)).toMatch(/^[0-9a-f]{16}$/)
  })

  it.each([undefined, '', key.toUpperCase(), key.slice(1), `${key} `])('%j is refused', (text) => {
    expect(parseTopic(text)).toMatchObject({ kind: 'problem', reason: 'TopicMalformed' })
  })
})

describe('tokens', () => {
  it('one a line, so that a token can be replaced without a gap', () => {
    expect(parseTokens('read', `${'a'.repeat(20)}\n${'b'.repeat(43)}\n`)).toEqual({
      kind: 'ok',
      value: ['a'.repeat(20), 'b'.repeat(43)],
    })
  })

  it.each([
    undefined,
    '',
    '\n',
    'short',
    `${'a'.repeat(20)}\n\n${'b'.repeat(20)}`,
    'a'.repeat(201),
    `${'a'.repeat(19)} b`,
  ])('%j is refused', (text) => {
    expect(parseTokens('command', text)).toMatchObject({ kind: 'problem', reason: 'TokensMalformed' })
  })
})
