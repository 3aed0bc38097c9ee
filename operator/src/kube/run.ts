import type { Caches } from './caches.ts'
import type { Expectations } from './expectations.ts'
import { formatRef, type Ref, refOf } from './resource.ts'
import { isAtLeast } from './resource-version.ts'
import type { Transport } from './transport.ts'
import type { KubeObject } from './types.ts'

/** How a write ended, for metrics. */
export type WriteHook = (written: { kind: string; result: string }) => void

/** What one run of a reconciler writes with. */
export interface Run {
  /** Whose writes these are: a controller's key. The next run of the same scope sees them. */
  readonly scope: string
  readonly signal: AbortSignal
  readonly transport: Transport
  readonly caches: Caches
  readonly expectations: Expectations
  readonly onWrite?: WriteHook
  /** Whether the object that new ones would belong to is still there, asked of the API server once a run. */
  readonly ownerLives: () => Promise<boolean>
}

/** The next run of this scope waits until the caches have this object as it was answered, or a newer one. */
export function expectWritten({ scope, caches, expectations }: Run, written: KubeObject): void {
  const ref = refOf(written)
  const { kind, namespace, name } = ref
  const { resourceVersion = '' } = written.metadata
  if (caches.find(kind, namespace, name) === undefined) return
  expectations.expect(scope, formatRef(ref), () => {
    const found = caches.find(kind, namespace, name)
    return isAtLeast(found?.metadata.resourceVersion ?? '', resourceVersion)
  })
}

/** The next run of this scope waits until the caches don't have this object as a living one. */
export function expectRemoved({ scope, caches, expectations }: Run, ref: Ref, uid: string): void {
  const { kind, namespace, name } = ref
  expectations.expect(scope, formatRef(ref), () => {
    const found = caches.find(kind, namespace, name)
    return found?.metadata.uid !== uid || found.metadata.deletionTimestamp !== undefined
  })
}
