import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { projectFiles, temporaryFolder, writePlainFile } from '../../test/process/projected-folder.ts'
import { contentHash } from '../contract/content-hash.ts'
import { deviceListRevision, formatDeviceList } from '../contract/device-list.ts'
import { formatDiscovery } from '../contract/discovery-file.ts'
import { type Folder, foldersOf } from '../contract/file-layout.ts'
import { folderHash } from '../contract/folder-hash.ts'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { formatRoster } from '../contract/roster.ts'
import { formatSettings } from '../contract/settings.ts'
import { silentLog } from '../log.ts'
import { KeyFilesError } from './key-files.ts'
import { type SiteFiles, startSiteFiles } from './site-files.ts'

const pair = keyPairOfSeed('11'.repeat(32))
const topic = 'ab'.repeat(32)
const token = 'a-token-of-twenty-characters'

let root: Awaited<ReturnType<typeof temporaryFolder>>
let files: SiteFiles | undefined
beforeEach(async () => {
  root = await temporaryFolder()
})
afterEach(async () => {
  await files?.close()
  files = undefined
  await root.remove()
})

async function start(folders: readonly Folder[]): Promise<SiteFiles> {
  files = await startSiteFiles({ dir: root.path, folders, log: silentLog, pollMs: 20 })
  return files
}
const write = (folder: Folder, name: string, text: string): Promise<void> =>
  writePlainFile(join(root.path, folder, name), text)

describe('startSiteFiles', () => {
  it('gives every folder that the program reads as a value with the hash of its content', async () => {
    const devices = formatDeviceList([])
    await write('key', 'seed', pair.seed)
    await write('topic', 'topic', `${topic}\n`)
    await write('discovery', 'discovery.json', formatDiscovery(null, ['dht-0:49737']))
    await write('devices', 'devices.json', devices)
    await write('admin', 'token', token)
    const site = await start(foldersOf.worker)
    expect(site.key()).toEqual(pair)
    expect(site.topic.current()).toBe(topic)
    expect(site.discovery.current()).toEqual({ version: 1, orkPublicKey: null, bootstrap: ['dht-0:49737'] })
    expect(site.devices.current()).toEqual([])
    expect(site.adminTokens.current()).toEqual([token])
    expect(site.problems()).toEqual({})
    expect(site.hashes()).toEqual({
      key: folderHash('key', { seed: pair.seed }),
      topic: contentHash(`${topic}\n`),
      discovery: contentHash(formatDiscovery(null, ['dht-0:49737'])),
      devices: deviceListRevision(devices),
      admin: contentHash(token),
    })
  })

  it('waits for what is missing and says where it must be', async () => {
    const site = await start(['roster'])
    expect(site.roster.current()).toBeNull()
    expect(site.hashes()).toEqual({ roster: null })
    expect(site.problems()['roster']).toContain(`FileMissing: ${join(root.path, 'roster')} has no roster.json`)
    await projectFiles(join(root.path, 'roster'), { 'roster.json': formatRoster([], []) })
    await vi.waitFor(() => expect(site.roster.current()).toEqual({ version: 1, workers: [], callers: [] }))
    expect(site.problems()).toEqual({})
  })

  it('keeps the last good roster in use when it becomes malformed or vanishes, and shows the problem', async () => {
    const good = formatRoster([], [{ name: 'me', publicKey: pair.publicKey }])
    await write('roster', 'roster.json', good)
    const site = await start(['roster'])
    const changes = vi.fn()
    site.roster.subscribe(changes)
    await write('roster', 'roster.json', '{"version":2}')
    await vi.waitFor(() => expect(site.roster.problem()).toMatchObject({ reason: 'RosterMalformed' }))
    expect(site.roster.current()?.callers).toHaveLength(1)
    expect(site.hashes()).toEqual({ roster: contentHash(good) })
    await rm(join(root.path, 'roster'), { recursive: true })
    await vi.waitFor(() => expect(site.roster.problem()).toMatchObject({ reason: 'FileMissing' }))
    expect(site.roster.current()?.callers).toHaveLength(1)
    await write('roster', 'roster.json', formatRoster([], []))
    await vi.waitFor(() => expect(site.roster.current()?.callers).toEqual([]))
    expect(site.roster.problem()).toBeNull()
    expect(changes.mock.calls.length).toBeGreaterThanOrEqual(3)
  })

  it('has the usual settings where there is no file, which is no problem, and the last good ones where it is malformed', async () => {
    const site = await start(['settings'])
    const nothingSet = () => {
      expect(site.settings.current()).toEqual({})
      expect([site.hashes(), site.problems()]).toEqual([{}, {}])
    }
    nothingSet()
    const good = formatSettings({ commands: { maxQueued: 5 } })
    await projectFiles(join(root.path, 'settings'), { 'settings.json': good })
    await vi.waitFor(() => expect(site.settings.current()?.commands).toEqual({ maxQueued: 5 }))
    await projectFiles(join(root.path, 'settings'), { 'settings.json': '{"version":1,"commands":{"maxQueued":0}}' })
    await vi.waitFor(() => expect(site.problems()['settings']).toMatch(/^SettingsMalformed: .*commands\.maxQueued/))
    expect(site.settings.current()?.commands).toEqual({ maxQueued: 5 })
    expect(site.hashes()).toEqual({ settings: contentHash(good) })
    await projectFiles(join(root.path, 'settings'), {})
    await vi.waitFor(nothingSet)
  })

  it('has no settings, and tells why, where the file was malformed from the start', async () => {
    await write('settings', 'settings.json', '{')
    const site = await start(['settings'])
    expect(site.settings.current()).toBeNull()
    expect(site.hashes()).toEqual({ settings: null })
    expect(site.problems()['settings']).toContain('SettingsMalformed')
  })

  it('admits nobody by tokens that are malformed or gone', async () => {
    await write('admin', 'token', token)
    const site = await start(['admin'])
    await write('admin', 'token', 'short')
    await vi.waitFor(() => expect(site.adminTokens.current()).toBeNull())
    await write('admin', 'token', token)
    await vi.waitFor(() => expect(site.adminTokens.current()).toEqual([token]))
    await rm(join(root.path, 'admin', 'token'))
    await vi.waitFor(() => expect(site.adminTokens.current()).toBeNull())
  })

  it('takes each line of a token file, so that a token is replaced without a gap', async () => {
    await projectFiles(join(root.path, 'tokens'), { read: `${token}-1\n${token}-2\n`, command: `${token}-3` })
    const site = await start(['tokens'])
    expect(site.appNodeTokens.current()).toEqual({ read: [`${token}-1`, `${token}-2`], command: [`${token}-3`] })
    await projectFiles(join(root.path, 'tokens'), { read: `${token}-2`, command: 'bad token' })
    await vi.waitFor(() => expect(site.appNodeTokens.current()).toEqual({ read: [`${token}-2`], command: [] }))
    expect(site.problems()['tokens']).toContain("TokensMalformed: key 'command' must hold one token a line")
    expect(site.problems()['tokens']).not.toContain('bad token')
  })

  it('tells of a change of any folder once', async () => {
    const site = await start(['topic', 'admin'])
    const changes = vi.fn()
    const end = site.subscribe(changes)
    await write('topic', 'topic', topic)
    await vi.waitFor(() => expect(changes).toHaveBeenCalledTimes(1))
    await write('admin', 'token', token)
    await vi.waitFor(() => expect(changes).toHaveBeenCalledTimes(2))
    end()
  })

  it('refuses to run with a key that cannot be used, naming the folder and not the value', async () => {
    await write('key', 'publicKey', pair.publicKey)
    const refusal = start(['key'])
    await expect(refusal).rejects.toBeInstanceOf(KeyFilesError)
    await expect(refusal).rejects.toThrow(`the key in ${join(root.path, 'key')} cannot be used (KeyIncomplete)`)
    await expect(refusal).rejects.not.toThrow(pair.publicKey)
  })

  it('has no value and the problem NotRead for a folder that the program does not read', async () => {
    const site = await start(['admin'])
    expect(site.topic.problem()).toMatchObject({ reason: 'NotRead' })
    expect(site.hashes()).toEqual({ admin: null })
    expect(() => site.key()).toThrow('no key folder')
  })
})
