import type { PeerConfig } from '../config.ts'
import { type DhtNodeOptions, startDhtNode } from '../net/dht-node.ts'
import { folderTopic, type LocalNodeOptions, startLocalNode } from '../net/local-node.ts'
import type { NetworkNode } from '../net/network-node.ts'
import type { SiteFiles } from './site-files.ts'
import { createWatchedValue, type WatchedValue } from './watched-value.ts'

export type SiteNodeOptions = Omit<DhtNodeOptions, 'host' | 'port'> & Pick<LocalNodeOptions, 'name' | 'onFolderChange'>

/** The node of a program: in the DHT, or in the folder that its site shares. Rejects as either does. */
export function openSiteNode(
  { sharedDir, podIp, dhtPort }: Pick<PeerConfig, 'sharedDir' | 'podIp' | 'dhtPort'>,
  { bootstrap, ...options }: SiteNodeOptions,
): Promise<NetworkNode> {
  if (sharedDir !== undefined) return startLocalNode({ ...options, folder: sharedDir, port: dhtPort })
  return startDhtNode({ ...options, bootstrap, host: podIp, port: dhtPort })
}

/** What a site's processes look up and announce. */
export function meetingTopic(
  { sharedDir }: Pick<PeerConfig, 'sharedDir'>,
  { topic }: Pick<SiteFiles, 'topic'>,
): WatchedValue<string> {
  return sharedDir === undefined ? topic : createWatchedValue({ value: folderTopic, hash: null, problem: null })
}
