import { describe, expect, it } from 'vitest'
import { topicHash } from '../contract/topic.ts'
import type { Finding } from './check.ts'
import { findInHolders } from './checks/announced.ts'
import { findInClock } from './checks/clock.ts'
import { findInFiles } from './checks/files.ts'
import { findJoined } from './checks/joined.ts'
import { findInKey } from './checks/key.ts'
import { controlName, findInNames, type LookedUp } from './checks/names.ts'
import { findOrk } from './checks/ork.ts'
import { findInOrkKey } from './checks/ork-key.ts'
import { findInOtherFiles } from './checks/other-files.ts'
import { findInStore } from './checks/store.ts'
import { findInTopic } from './checks/topic.ts'
import { findInAnnouncers } from './checks/topic-lookup.ts'
import { findInPings, type Pinged } from './checks/udp.ts'
import { findInWorkers, type WorkerSign } from './checks/workers.ts'
import type { Patient, PatientFiles, Running } from './patient.ts'

const [own, other, third] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32)) as [string, string, string]
const topic = 'dd'.repeat(32)

const files = (changes: Partial<PatientFiles> = {}): PatientFiles => ({
  topic,
  discovery: { version: 1, orkPublicKey: other, bootstrap: [] },
  roster: null,
  key: { kind: 'ok', publicKey: own, announcing: third },
  problems: {},
  ...changes,
})
const running = (changes: Partial<Running> = {}): Running => ({
  kind: 'running',
  publicKey: own,
  joined: true,
  refused: [],
  missing: [],
  ...changes,
})
const unknown: Patient['running'] = { kind: 'unknown', why: 'nobody answers' }

/** The code of what failed, else the kind. */
const told = (finding: Finding): string => (finding.kind === 'failed' ? finding.diagnosis.code : finding.kind)

describe('what is found on file', () => {
  it.each([
    ['all is there', files(), 'ok'],
    ['the topic is missing', files({ problems: { topic: 'FileMissing: no topic' } }), 'FileUnusable'],
    ['the key cannot be used', files({ key: { kind: 'problem', message: 'half a key' } }), 'FileUnusable'],
    ['only tokens are missing', files({ problems: { admin: 'FileMissing: no token' } }), 'ok'],
  ])('%s', (_, given, code) => {
    expect(told(findInFiles(given))).toBe(code)
  })

  it.each([
    ['what is needed is missing', { topic: 'FileMissing: no topic' }, 'ok'],
    ['the device list cannot be used', { devices: 'DeviceListMalformed: no JSON' }, 'FileIgnored'],
    ['the token is missing', { admin: 'FileMissing: no token' }, 'FileIgnored'],
  ])('beside what is needed: %s', (_, problems, code) => {
    expect(told(findInOtherFiles({ problems }))).toBe(code)
  })

  it.each([
    ['the key that runs', running(), 'ok'],
    ['another key than runs', running({ publicKey: other }), 'KeyFileDiffers'],
    ['a process that cannot be asked', unknown, 'skipped'],
  ])('the key on file against %s', (_, process, code) => {
    expect(told(findInKey({ files: files(), running: process }))).toBe(code)
  })

  it.each([
    ['the expected one', topicHash(topic), 'ok'],
    ['another one', topicHash(own), 'TopicDiffers'],
    ['nobody says which', undefined, 'skipped'],
  ])('the topic against %s', (_, hash, code) => {
    expect(told(findInTopic({ topic, discovery: { topicHash: hash } }))).toBe(code)
  })

  it.each([
    ['ORK runs the declared key', running(), other, 'ok'],
    ['ORK runs another key', running(), third, 'OrkKeyDiffers'],
    ['ORK cannot be asked', running(), null, 'skipped'],
    [
      'nobody is connected and somebody was turned away',
      running({ joined: false, refused: [third] }),
      null,
      'CallerRefused',
    ],
    ['ORK is connected and somebody else was turned away', running({ refused: [third] }), null, 'skipped'],
  ])('the declared ORK key when %s', (_, process, orkRuns, code) => {
    expect(told(findInOrkKey({ files: files(), running: process }, orkRuns))).toBe(code)
  })

  it.each([
    [{ kind: 'ok' } as const, 'ok'],
    [{ kind: 'full', code: 'ENOSPC' } as const, 'StoreFull'],
    [{ kind: 'refused', code: 'EROFS' } as const, 'StoreUnwritable'],
  ])('writing to the state folder: %j', (written, code) => {
    expect(told(findInStore('/var/lib/mdk', written))).toBe(code)
  })
})

describe('what is found in DNS', () => {
  const at = (host: string, kind: 'found' | 'absent' | 'unanswered'): LookedUp => ({
    host,
    resolved: kind === 'found' ? { kind, address: '10.0.0.1' } : { kind },
  })
  const control = (kind: 'found' | 'absent') => at('kubernetes.default.svc.cluster.local', kind)

  it.each([
    ['all resolve', ['found', 'found', 'found'], control('found'), 'ok'],
    ['one is away for a moment', ['found', 'absent', 'found'], control('found'), 'ok'],
    ['one of three exists, which is not half', ['found', 'absent', 'absent'], control('found'), 'BootstrapUnresolved'],
    ['none exists and DNS answers', ['absent', 'absent', 'absent'], control('found'), 'BootstrapUnresolved'],
    ['none exists, and the name that every cluster has neither', ['absent', 'absent'], control('absent'), 'DnsUnaware'],
    ['none exists outside of a cluster', ['absent'], null, 'BootstrapUnresolved'],
    ['no name server answers', ['unanswered', 'unanswered'], null, 'DnsDown'],
    ['there is none', [], null, 'BootstrapUnlisted'],
  ] as const)('%s', (_, kinds, found, code) => {
    expect(
      told(
        findInNames(
          kinds.map((kind, index) => at(`dht-${index}`, kind)),
          found,
        ),
      ),
    ).toBe(code)
  })

  it('asks for a name that every cluster has, in the domain of the DHT nodes', () => {
    const name = 's-dht-0.s-dht.mines.svc.my.domain'
    expect(controlName([name])).toBe('kubernetes.default.svc.my.domain')
    expect(controlName(['10.0.0.1', 'dht.example.com'])).toBeNull()
  })
})

describe('what is found on the DHT', () => {
  const pings = (...kinds: Pinged['ping'][]): Pinged[] => kinds.map((ping, index) => ({ node: `dht-${index}:1`, ping }))

  it.each([
    [pings('answered', 'answered', 'answered'), 'ok'],
    [pings('answered', 'answered', 'silent'), 'ok'],
    [pings('answered', 'silent', 'silent'), 'BootstrapSilent'],
    [pings('silent', 'silent', 'silent'), 'BootstrapSilent'],
    [pings('disguised', 'disguised', 'silent'), 'BootstrapDisguised'],
  ])('pings %j', (given, code) => {
    expect(told(findInPings(given))).toBe(code)
  })

  it.each([
    [{ answered: 3, holding: 1 }, 'ok'],
    [{ answered: 3, holding: 0 }, 'AnnounceInvisible'],
    [{ answered: 0, holding: 0 }, 'skipped'],
  ])('the own record: %j', (holders, code) => {
    expect(told(findInHolders(holders, { publicKey: own, port: 1 }))).toBe(code)
    expect(told(findOrk(holders, other))).toBe(code === 'AnnounceInvisible' ? 'OrkAbsent' : code)
  })

  it.each([
    ['the own key is among them', [own], own, 'ok'],
    ['it is not', [other], own, 'TopicInvisible'],
    ['it need not be', [other], null, 'ok'],
    ['there are so many that a lookup gives some only', Array.from({ length: 20 }, () => other), own, 'ok'],
    ['nobody answered', null, own, 'skipped'],
  ])('those who announce the topic: %s', (_, found, key, code) => {
    expect(told(findInAnnouncers(found, key))).toBe(code)
  })
})

describe('what is found of peers', () => {
  const missing = (count: number) => Array.from({ length: count }, (_, index) => ({ workerId: `w${index}` }))

  it.each<[string, number, WorkerSign[], string]>([
    ['none is missing', 0, [], 'ok'],
    ['it has no address', 1, ['nowhere'], 'WorkerAbsent'],
    ['it is silent', 1, ['silent'], 'WorkerSilent'],
    ['it answers', 1, ['answers'], 'WorkerRefusing'],
    ['most are silent', 3, ['nowhere', 'silent', 'silent'], 'WorkerSilent'],
  ])('workers of the roster: %s', (_, count, signs, code) => {
    expect(told(findInWorkers(missing(count), signs, 9))).toBe(code)
  })

  it('names three workers of a common cause, and counts the others', () => {
    const found = findInWorkers(
      missing(12),
      Array.from({ length: 8 }, () => 'silent'),
      12,
    )
    expect(found).toHaveProperty('diagnosis.cause', expect.stringMatching(/: w0, w1, w2 and 9 more$/))
  })

  it.each([
    ['worker', running(), 'ok'],
    ['worker', running({ joined: false }), 'OrkNotCalling'],
    ['app-node', running({ joined: false }), 'OrkUnreachable'],
    ['app-node', unknown, 'skipped'],
  ] as const)('a connection with ORK: %s, %j', (service, process, code) => {
    expect(told(findJoined({ service, files: files(), running: process }))).toBe(code)
  })

  it('a clock is off from more than half a minute on, either way', () => {
    expect([29_000, -29_000, null].map((ahead) => told(findInClock(ahead)))).toEqual(['ok', 'ok', 'skipped'])
    expect(findInClock(90_400)).toHaveProperty(
      'diagnosis.cause',
      'the clock of this process is 90 s ahead of that of ORK',
    )
    expect(findInClock(-31_000)).toHaveProperty(
      'diagnosis.cause',
      'the clock of this process is 31 s behind that of ORK',
    )
  })
})
