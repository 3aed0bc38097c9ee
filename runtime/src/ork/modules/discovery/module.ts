/**
 * Finds the site's workers and keeps a link to each: by roster (key over the DHT, and address) and by topic. It knows keys and
 * addresses, not workers.
 */
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Dialler, Link, LinkError, Peer } from '../../../net/link.ts'
import type { Scheduler } from '../../ports/scheduler.ts'
import { type Connections, createConnections } from './connections.ts'
import { DialLoop } from './dial-loop.ts'
import { type TopicFinder, TopicSearch } from './topic-search.ts'

export interface DiscoveryPorts {
  readonly network: Dialler & TopicFinder
  readonly topic: () => string | null
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  /** Whether a key is one of the site's own: the others that announce are strangers. */
  readonly isMember: (publicKey: string) => boolean
  /** Whether everybody who announces is looked for, and not the peers alone. */
  readonly findsAll: boolean
  /** There is a first or a newer link to the peer. */
  readonly onUp: (publicKey: string) => void
  /** There is no link to the peer any more. */
  readonly onDown: (publicKey: string) => void
  /** Why a peer can't be reached is another reason than before. */
  readonly onFailureChange: (publicKey: string) => void
  readonly onStrangersChange: (strangers: readonly string[]) => void
  readonly onDial: (result: 'linked' | 'failed') => void
  /** A process that isn't a peer announces itself and didn't a moment ago. */
  readonly onAppeared: (publicKey: string) => void
  /** A process that isn't a peer still announces itself. */
  readonly onSeen: (publicKey: string) => void
}

export class Discovery {
  readonly #connections: Connections
  readonly #dials: DialLoop
  readonly #search: TopicSearch

  constructor(ports: DiscoveryPorts) {
    const { network, clock, onUp, onDown, findsAll, onStrangersChange, onAppeared, onSeen } = ports
    this.#connections = createConnections({
      clock,
      onUp,
      onDown: (publicKey) => {
        this.#dials.onLost()
        this.#search.hurry()
        onDown(publicKey)
      },
    })
    this.#dials = new DialLoop({
      ...ports,
      dialler: network,
      isLinked: (publicKey) => this.#connections.has(publicKey),
      onLink: (link) => this.#connections.adopt(link),
    })
    this.#search = new TopicSearch({
      ...ports,
      finder: network,
      anyoneMissing: (sawOthers) => (findsAll && sawOthers) || this.#dials.missing > 0,
      onAppeared: (publicKey) => {
        if (this.#dials.has(publicKey)) this.#dials.wake(publicKey)
        else onAppeared(publicKey)
      },
      onSeen: (publicKey) => {
        if (!this.#dials.has(publicKey)) onSeen(publicKey)
      },
      onStrangersChange: () => onStrangersChange(this.#search.strangers),
    })
  }

  start(): void {
    this.#search.hurry()
  }

  /** Replaces whom to keep a link to. Links to others end. */
  setPeers(peers: readonly Peer[]): void {
    this.#dials.setPeers(peers)
    for (const publicKey of this.#connections.keys()) if (!this.#dials.has(publicKey)) this.#connections.end(publicKey)
    this.#search.recheck()
    this.#search.hurry()
  }

  /** One more peer to keep a link to. */
  addPeer(peer: Peer): void {
    this.#dials.addPeer(peer)
  }

  /** A peer less. The links to it end. */
  removePeer(publicKey: string): void {
    this.#dials.removePeer(publicKey)
    this.#connections.end(publicKey)
  }

  /** Who is a member has changed. */
  recheckStrangers(): void {
    this.#search.recheck()
  }

  /** Looks the topic up at once: it is another one. */
  searchNow(): void {
    this.#search.hurry()
  }

  linkTo(publicKey: string): Link | undefined {
    return this.#connections.current(publicKey)
  }

  /** Why there is no link; null while there is one, and until a dial has failed. */
  failureOf(publicKey: string): LinkError | null {
    return this.linkTo(publicKey) === undefined ? this.#dials.failureOf(publicKey) : null
  }

  /** The link didn't answer: dials beside it. */
  doubt(publicKey: string): void {
    this.#dials.doubt(publicKey)
  }

  /** The link answers. */
  trust(publicKey: string): void {
    this.#dials.trust(publicKey)
  }

  /** Another process answers than before: older links lead nowhere, and what they failed to answer isn't its fault. */
  onReplaced(publicKey: string): void {
    this.#connections.endOlder(publicKey)
    this.#dials.forgive(publicKey)
  }

  /** Ends the links to a key. If it is still a peer it is dialled again. */
  end(publicKey: string): void {
    this.#connections.end(publicKey)
  }

  /** Ends all links and stops looking. */
  close(): void {
    this.#search.close()
    this.#dials.close()
    this.#connections.close()
  }
}
