/**
 * The mounted folders of `contract/file-layout.ts` as typed values that follow their files. A topic, roster, discovery or
 * device list that becomes unusable or vanishes leaves the last good one in use; a token that does so admits nobody. Settings
 * that become unusable stay as they were, and are the usual ones when they vanish.
 */
import { join } from 'node:path'
import type { DeviceEntry } from '../contract/device-list.ts'
import type { Discovery } from '../contract/discovery-file.ts'
import { type Folder, folders as folderNames } from '../contract/file-layout.ts'
import { problem } from '../contract/file-problem.ts'
import type { KeyPair } from '../contract/key-pair.ts'
import type { Roster } from '../contract/roster.ts'
import type { OrkSettings } from '../contract/settings.ts'
import type { SiteWorker } from '../contract/site-workers.ts'
import { logField } from '../log.ts'
import { opening } from '../machine/resource.ts'
import { type AppNodeTokens, type FileReader, readers } from './file-readers.ts'
import { type FollowOptions, followFolder } from './followed-folder.ts'
import { type KeyFiles, readKeyFiles } from './key-files.ts'
import { createWatchedValue, type WatchedValue } from './watched-value.ts'

/** What a process has been given. A folder that its program doesn't read has no value and the problem `NotRead`. */
export interface SiteFiles {
  readonly topic: WatchedValue<string>
  readonly discovery: WatchedValue<Discovery>
  readonly roster: WatchedValue<Roster>
  readonly devices: WatchedValue<readonly DeviceEntry[]>
  readonly workers: WatchedValue<readonly SiteWorker[]>
  readonly settings: WatchedValue<OrkSettings>
  readonly adminTokens: WatchedValue<readonly string[]>
  readonly appNodeTokens: WatchedValue<AppNodeTokens>
  /** The process's own pair, as it was at start. Throws in a program that has no key folder. */
  key(): KeyPair
  /** For status: hash of the content in use of each folder that the program reads (`contract/folder-hash.ts`); one that needn't be there is listed if it is. */
  hashes(): Readonly<Record<string, string | null>>
  /** For status: why a folder can't be used as it is now, `Reason: sentence`; a folder in order isn't listed. */
  problems(): Readonly<Record<string, string>>
  /** Calls after each change of a value, hash or problem. Returns what ends it. */
  subscribe(onChange: () => void): () => void
  close(): Promise<void>
}

export interface SiteFilesOptions extends FollowOptions {
  readonly folders: readonly Folder[]
}

/**
 * Reads every folder once and follows all but the key. The first thing it logs is the process's public key. Rejects with a
 * KeyFilesError if the program has a key folder whose key can't be used; all else that is missing or wrong is waited for.
 */
export function startSiteFiles({ folders, ...options }: SiteFilesOptions): Promise<SiteFiles> {
  return opening(async (resources) => {
    const key = folders.includes('key') ? await readKeyFiles(join(options.dir, folderNames.key)) : null
    if (key !== null) options.log.info({ [logField.publicKey]: key.pair.publicKey }, 'identity read')
    const follow = async <Value>(folder: Folder, reader: FileReader<Value>): Promise<WatchedValue<Value>> => {
      if (!folders.includes(folder)) return notRead(folder)
      return resources.add(await followFolder(folder, reader, options)).value
    }
    const values = {
      topic: await follow('topic', readers.topic),
      discovery: await follow('discovery', readers.discovery),
      roster: await follow('roster', readers.roster),
      devices: await follow('devices', readers.devices),
      workers: await follow('workers', readers.workers),
      settings: await follow('settings', readers.settings),
      admin: await follow('admin', readers.admin),
      tokens: await follow('tokens', readers.tokens),
    }
    const { admin: adminTokens, tokens: appNodeTokens, ...rest } = values
    const followed = Object.entries(values).filter(([folder]) => folders.some((name) => name === folder))
    return { ...rest, adminTokens, appNodeTokens, ...overview(key, followed), close: () => resources.close() }
  })
}

type Followed = readonly (readonly [folder: string, value: WatchedValue<unknown>])[]

function overview(
  key: KeyFiles | null,
  followed: Followed,
): Pick<SiteFiles, 'key' | 'hashes' | 'problems' | 'subscribe'> {
  return {
    key() {
      if (key === null) throw new Error('this program has no key folder')
      return key.pair
    },
    hashes() {
      const listed = followed.filter(([, value]) => value.hash() !== null || value.problem() !== null)
      const hashes = listed.map(([folder, value]) => [folder, value.hash()] as const)
      return Object.fromEntries(key === null ? hashes : [['key', key.hash], ...hashes])
    },
    problems() {
      const entries = followed.flatMap(([folder, value]) => {
        const found = value.problem()
        return found === null ? [] : [[folder, `${found.reason}: ${found.message}`] as const]
      })
      return Object.fromEntries(entries)
    },
    subscribe(onChange) {
      const ends = followed.map(([, value]) => value.subscribe(onChange))
      return () => {
        for (const end of ends) end()
      }
    },
  }
}

function notRead<Value>(folder: Folder): WatchedValue<Value> {
  const found = problem('NotRead', `this program does not read the folder ${folder}`)
  return createWatchedValue<Value>({ value: null, hash: null, problem: found })
}
