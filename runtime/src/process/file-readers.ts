import { type DeviceEntry, parseDeviceList } from '../contract/device-list.ts'
import { type Discovery, parseDiscovery } from '../contract/discovery-file.ts'
import type { FileProblem, Parsed } from '../contract/file-problem.ts'
import { parseRoster, type Roster } from '../contract/roster.ts'
import { type OrkSettings, parseSettings } from '../contract/settings.ts'
import { parseSiteWorkers, type SiteWorker } from '../contract/site-workers.ts'
import { findSharedToken, parseTokens } from '../contract/tokens.ts'
import { parseTopic } from '../contract/topic.ts'

/** What the files of a folder mean. Both may be set: one of several files is good, another isn't. */
export interface FilesRead<Value> {
  readonly value: Value | null
  readonly problem: FileProblem | null
}

export interface FileReader<Value> {
  /** `files` holds at least one of the folder's files. */
  read(files: Readonly<Record<string, string>>): FilesRead<Value>
  /** Whether the last good value stays in use when what is there now can't be used or is gone. */
  readonly keepsLastGood: boolean
  /** What counts where there is no file, in a folder that needn't be there; a file that is missing is a problem otherwise. */
  readonly absent?: Value
}

/** Bearer tokens of App Node: `read` may look, `command` may also act. */
export interface AppNodeTokens {
  readonly read: readonly string[]
  readonly command: readonly string[]
}

const oneFile = <Value>(name: string, parse: (text: string) => Parsed<Value>, keepsLastGood = true) => ({
  keepsLastGood,
  read(files: Readonly<Record<string, string>>): FilesRead<Value> {
    const parsed = parse(files[name] ?? '')
    return parsed.kind === 'ok' ? { value: parsed.value, problem: null } : { value: null, problem: parsed }
  },
})

const nothingSet: OrkSettings = {}

/** How each folder is read. */
export const readers = {
  topic: oneFile<string>('topic', parseTopic),
  discovery: oneFile<Discovery>('discovery.json', parseDiscovery),
  roster: oneFile<Roster>('roster.json', parseRoster),
  devices: oneFile<readonly DeviceEntry[]>('devices.json', parseDeviceList),
  workers: oneFile<readonly SiteWorker[]>('workers.json', parseSiteWorkers),
  settings: { ...oneFile<OrkSettings>('settings.json', parseSettings), absent: nothingSet },
  admin: oneFile<readonly string[]>('token', (text) => parseTokens('token', text), false),
  tokens: {
    keepsLastGood: false,
    read(files: Readonly<Record<string, string>>): FilesRead<AppNodeTokens> {
      const parsed = [parseTokens('read', files['read']), parseTokens('command', files['command'])] as const
      const [read, all] = parsed.map((each) => (each.kind === 'ok' ? each.value : []))
      const shared = findSharedToken(read ?? [], all ?? [])
      return {
        // Who shares a token may do the less of the two.
        value: { read: read ?? [], command: (all ?? []).filter((token) => read?.includes(token) !== true) },
        problem: parsed.toReversed().find((each) => each.kind === 'problem') ?? shared,
      }
    },
  },
} as const
