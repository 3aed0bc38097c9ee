import type { Diagnosis, WorkerStatus } from '../../../runtime/src/contract/index.ts'

/** ORK's registry as its status stream shows it. */
export interface OrkView {
  readonly publicKey: string
  /** Content hashes of the files that ORK runs, by folder; null for one that it can't use. */
  readonly files: Readonly<Record<string, string | null>>
  /** By worker id. */
  readonly workers: ReadonlyMap<string, WorkerStatus>
  /** Why ORK lacks workers or the DHT, in its own words; null when it lacks nothing. */
  readonly diagnosis: Diagnosis | null
}

/**
 * What is known of a site's ORK. `absent`: there is no site. `awaited`: not heard yet, and it is too early to say that it
 * can't be. `silent`: it hasn't been heard for `orkPatienceMs`; `problem` says why, if that is known.
 */
export type OrkKnowledge =
  | { readonly kind: 'heard'; readonly view: OrkView }
  | { readonly kind: 'absent' }
  | { readonly kind: 'awaited' }
  | { readonly kind: 'silent'; readonly problem: string | null }

/** How long nothing is concluded from ORK's silence. */
export const orkPatienceMs = 15_000
