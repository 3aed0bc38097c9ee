import { join } from 'node:path'
import { isHexKey } from '../contract/hex-key.ts'
import type { KeyPair } from '../contract/key-pair.ts'
import { startDhtNode } from '../net/dht-node.ts'
import { folderTopic, startLocalNode } from '../net/local-node.ts'
import type { NetLog } from '../net/net-log.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { SdkError } from './refusal.ts'
import { keepSecret, rootFiles } from './root-folder.ts'

/**
 * How parts of a site find each other.
 * `process`: all in one process, without any network; `local`: processes of one machine in a shared folder (`dir`, the root's
 * `.worker-keys` unless given); `dht`: anywhere, by a topic on a DHT.
 */
export type DiscoveryOption =
  | { readonly mode: 'process' }
  | { readonly mode: 'local'; readonly dir?: string }
  | { readonly mode: 'dht' }

/** What says where a part meets the others. */
export interface MeetingOptions {
  /** `dht` if there are bootstrap nodes; else `process` for ORK, and to be said for the others. */
  readonly discovery?: DiscoveryOption
  /** DHT nodes as `host:port`. There is no default: the public ones are found by whoever wants to be public. */
  readonly bootstrap?: readonly string[]
  /** IPv4 address to bind and to announce on the DHT; 127.0.0.1 unless given. */
  readonly host?: string
  /** UDP port; any free one unless given. */
  readonly dhtPort?: number
}

export const meetingOptions = ['discovery', 'bootstrap', 'host', 'dhtPort'] as const

/** Where a part meets the others. */
export type Meeting =
  | { readonly kind: 'process' }
  | { readonly kind: 'local'; readonly folder: string; readonly port: number }
  | { readonly kind: 'dht'; readonly bootstrap: readonly string[]; readonly host: string; readonly port: number }

/** Throws an SdkError for options that contradict each other or that nobody could be found with. */
export function decideMeeting(caller: string, options: MeetingOptions, root: string, topic?: string): Meeting {
  const { discovery, bootstrap = [] } = options
  const meetsOnDht = topic !== undefined || bootstrap.length > 0
  const mode = discovery?.mode ?? (meetsOnDht ? 'dht' : 'process')
  if (mode === 'dht') return meetingOnDht(caller, options, topic)
  if (meetsOnDht) {
    throw new SdkError(
      `${caller} has discovery '${mode}', which uses neither topic nor bootstrap nodes; leave them out`,
    )
  }
  if (mode === 'process') return { kind: 'process' }
  return { kind: 'local', folder: folderOf(discovery, root), port: options.dhtPort ?? 0 }
}

function meetingOnDht(
  caller: string,
  { bootstrap = [], host = '127.0.0.1', dhtPort = 0 }: MeetingOptions,
  topic: string | undefined,
): Meeting {
  if (topic !== undefined && !isHexKey(topic)) {
    throw new SdkError(`${caller} needs a topic of 64 hexadecimal characters in lower case`)
  }
  if (bootstrap.length > 0) return { kind: 'dht', bootstrap, host, port: dhtPort }
  throw new SdkError(`${caller} would look on a DHT but knows no node of it; give bootstrap: ['host:port']`)
}

function folderOf(discovery: DiscoveryOption | undefined, root: string): string {
  const dir = discovery?.mode === 'local' ? discovery.dir : undefined
  return dir ?? join(root, rootFiles.workerKeys)
}

export interface MeetingNodeOptions {
  readonly identity: KeyPair
  /** A worker's id; anything for the others. */
  readonly name: string
  readonly log: NetLog
  readonly onFolderChange?: () => void
}

/** The node of a part among other processes. */
export function openMeetingNode(
  meeting: Exclude<Meeting, { kind: 'process' }>,
  { onFolderChange, ...options }: MeetingNodeOptions,
): Promise<NetworkNode> {
  if (meeting.kind === 'dht') return startDhtNode({ ...options, ...meeting })
  return startLocalNode({ ...options, ...meeting, ...(onFolderChange !== undefined && { onFolderChange }) })
}

/** What is looked up and announced: the topic that was given, or that of the file, which is made if it isn't there. */
export async function topicOf(meeting: Meeting, given: string | undefined, topicFile: string): Promise<string | null> {
  switch (meeting.kind) {
    case 'process':
      return null
    case 'local':
      return folderTopic
    case 'dht':
      return given ?? keepSecret(topicFile)
  }
}
