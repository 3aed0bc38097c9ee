import type { Service } from './env.ts'

/** Where mounted folders are; MDK_CONFIG_DIR replaces it. */
export const defaultConfigDir = '/etc/mdk'
/** Where a process keeps what must outlive it; MDK_STATE_DIR replaces it. */
export const defaultStateDir = '/var/lib/mdk'

/**
 * The folders under the configuration folder, each a Secret or ConfigMap mounted as a whole (never by subPath, which
 * would freeze it), with the files in them. All are watched: a change takes effect without a restart, but for `key`,
 * which a process reads at start only.
 */
export const folders = {
  /** `topic` (topic.ts) */
  topic: 'topic',
  /** `seed`, `publicKey`, `secretKey` of the process itself (key-pair.ts) */
  key: 'key',
  /** `discovery.json` (discovery-file.ts) */
  discovery: 'discovery',
  /** `roster.json` (roster.ts) */
  roster: 'roster',
  /** `devices.json` (device-list.ts) */
  devices: 'devices',
  /** `workers.json`: the workers of a site in one process, with their devices (site-workers.ts) */
  workers: 'workers',
  /** `settings.json`: cadences and limits of ORK (settings.ts). It needn't be there: the usual values count then */
  settings: 'settings',
  /** `token`: who may read /v1/status (tokens.ts) */
  admin: 'admin',
  /** `read` and `command`: who may use App Node (tokens.ts) */
  tokens: 'tokens',
} as const

export type Folder = keyof typeof folders
/** Folders without which all is well. */
export type OptionalFolder = 'settings'

/** Which folders each program needs. */
export const foldersOf: Readonly<Record<Service, readonly Exclude<Folder, OptionalFolder>[]>> = {
  dht: ['admin'],
  ork: ['key', 'topic', 'discovery', 'roster', 'admin'],
  worker: ['key', 'topic', 'discovery', 'devices', 'admin'],
  'app-node': ['key', 'discovery', 'tokens', 'admin'],
  site: ['key', 'workers', 'tokens', 'admin'],
  simulator: [],
}

/** Which folders each program reads besides, where they are there. */
export const optionalFoldersOf: Readonly<Record<Service, readonly OptionalFolder[]>> = {
  dht: [],
  ork: ['settings'],
  worker: [],
  'app-node': [],
  site: ['settings'],
  simulator: [],
}
