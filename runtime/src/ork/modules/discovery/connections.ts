import type { Clock } from '../../../machine/clock.ts'
import type { Link } from '../../../net/link.ts'

export interface ConnectionsPorts {
  readonly clock: Pick<Clock, 'after'>
  /** There is a first or a newer link to the peer. */
  readonly onUp: (publicKey: string) => void
  /** The last link to the peer has ended. */
  readonly onDown: (publicKey: string) => void
}

/**
 * The links that are up, several to a peer for a while: what was asked on an older one may still be answered there, so it stays
 * until its requests have had their time.
 */
export interface Connections {
  /** The newest link to the peer that is open. */
  current(publicKey: string): Link | undefined
  /** Whether there is a link to the peer; one that is just ending counts until it has ended. */
  has(publicKey: string): boolean
  adopt(link: Link): void
  /** Ends all links to the peer but the newest: nobody answers there any more. */
  endOlder(publicKey: string): void
  end(publicKey: string): void
  /** Peers with at least one link. */
  keys(): readonly string[]
  close(): void
}

/** As long as the longest request. */
const graceMs = 30_000
/** Older links to one peer, so that a peer that is slow on every link doesn't get ever more of them. */
const maxOlder = 2

export function createConnections({ clock, onUp, onDown }: ConnectionsPorts): Connections {
  /** Oldest first; never empty. */
  const links = new Map<string, readonly Link[]>()
  const graces = new Set<() => void>()
  const ofPeer = (publicKey: string): readonly Link[] => links.get(publicKey) ?? []

  const current = (publicKey: string): Link | undefined => ofPeer(publicKey).findLast((link) => link.open)
  const onEnded = (link: Link): void => {
    const { publicKey } = link
    const left = ofPeer(publicKey).filter((each) => each !== link)
    if (left.length > 0) {
      links.set(publicKey, left)
      return
    }
    if (links.delete(publicKey)) onDown(publicKey)
  }
  const endLater = (older: readonly Link[]): void => {
    if (older.length === 0) return
    const cancel = clock.after(graceMs, () => {
      graces.delete(cancel)
      // A newer link may have ended since: the one that is in use now stays.
      for (const link of older) if (link !== current(link.publicKey)) link.close()
    })
    graces.add(cancel)
  }

  return {
    current,
    has: (publicKey) => links.has(publicKey),
    adopt(link) {
      const older = ofPeer(link.publicKey)
      links.set(link.publicKey, [...older, link])
      void link.ended.then(() => onEnded(link))
      for (const oldest of older.slice(0, -maxOlder)) oldest.close()
      endLater(older)
      onUp(link.publicKey)
    },
    endOlder(publicKey) {
      for (const link of ofPeer(publicKey).slice(0, -1)) link.close()
    },
    end(publicKey) {
      for (const link of ofPeer(publicKey)) link.close()
    },
    keys: () => [...links.keys()],
    close() {
      for (const cancel of graces) cancel()
      for (const peerLinks of links.values()) for (const link of peerLinks) link.close()
    },
  }
}
