import { type Log, logField } from '../log.ts'
import type { Listener } from '../net/link.ts'
import type { Announcement, NetworkNode } from '../net/network-node.ts'
import type { SiteFiles } from '../process/site-files.ts'

/** Where the worker can be found, as its files have it. */
export interface SiteFollower {
  /** Whether somebody holds the record of the topic. */
  readonly announced: boolean
  close(): Promise<void>
}

/** Announces the worker on its topic, and follows the files: another topic, other bootstrap nodes, another ORK. */
export function followSite(
  node: NetworkNode,
  listener: Listener,
  { topic, discovery }: Pick<SiteFiles, 'topic' | 'discovery'>,
  log: Log,
): SiteFollower {
  let announcement: { readonly topic: string; readonly made: Announcement } | null = null
  let last: Promise<void> = Promise.resolve()
  let closed = false
  const announce = async () => {
    const wanted = closed ? null : topic.current()
    if (wanted === (announcement?.topic ?? null)) return
    await announcement?.made.close()
    announcement = wanted === null ? null : { topic: wanted, made: node.announce(wanted, node.publicKey) }
  }
  const onTopic = () => (last = last.then(announce))
  const onDiscovery = () => {
    const found = discovery.current()
    if (found === null) return
    node.setBootstrap(found.bootstrap)
    listener.recheck()
    if (found.orkPublicKey === null) log.warn('ork has no key yet, nobody is admitted')
    else log.info({ [logField.publicKey]: found.orkPublicKey }, 'ork is admitted')
  }
  const ends = [topic.subscribe(() => void onTopic()), discovery.subscribe(onDiscovery)]
  onDiscovery()
  void onTopic()
  return {
    get announced() {
      return announcement?.made.announced ?? false
    },
    close() {
      closed = true
      for (const end of ends) end()
      return onTopic()
    },
  }
}
