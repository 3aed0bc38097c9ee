/** Where a peer's UDP port answers. `host` is a DNS name or an IPv4 address; names are resolved for each dial. */
export interface PeerAddress {
  readonly host: string
  readonly port: number
}

/** Whom to dial: by key over the DHT, and straight at the address if one is known (needs no DHT). */
export interface Peer {
  /** 64 hexadecimal characters. */
  readonly publicKey: string
  readonly address?: PeerAddress
}

/**
 * Why a link ended or a request got no answer.
 * `unreachable`: nobody answered the dial; `timeout`: no answer in time (the peer may have acted on the request);
 * `closed`: the stream ended, locally or by the peer (the same holds); `refused`: the peer answered that it won't.
 */
export type LinkFailure = 'unreachable' | 'timeout' | 'closed' | 'refused'

/** Whether a request that failed like this may have reached the peer. */
export function mayHaveArrived(failure: LinkFailure): boolean {
  return failure === 'timeout' || failure === 'closed'
}

export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly failure: LinkFailure

  constructor(failure: LinkFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}

export interface RequestOptions {
  /** No request is without a limit. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** One long-lived encrypted stream to a peer, on which requests run side by side. */
export interface Link {
  readonly publicKey: string
  /** Whether the peer has said that it knows what this project adds to upstream's protocol. */
  readonly isOurs: boolean
  /** Sends one message to method `mdk` and resolves with the raw reply. Rejects with a LinkError. */
  request(message: Buffer, options: RequestOptions): Promise<Buffer>
  /** Resolves (never rejects) when the stream has ended, with the reason. */
  readonly ended: Promise<LinkError>
  readonly open: boolean
  close(): void
}

/** The dialling side of a network: a DHT node, or a transport in memory. */
export interface Dialler {
  /** Resolves when the stream is up. Rejects with a LinkError. */
  dial(peer: Peer, options: RequestOptions): Promise<Link>
}

/** What a listener does with calls. */
export interface Answering {
  /** Whether a key may connect. Asked for each connection; when the answer changes to no, `recheck()` ends open ones. */
  admits(publicKey: string): boolean
  /** Answers one request. Must not throw: whatever it rejects with is answered as `{"error": "ERR_INTERNAL"}`. */
  answer(message: Buffer, caller: string): Promise<Buffer>
}

export interface Listener {
  readonly publicKey: string
  /** Ends the streams of callers that are no longer admitted. */
  recheck(): void
  /** Public keys of the callers that are connected. */
  callers(): readonly string[]
  close(): Promise<void>
}
