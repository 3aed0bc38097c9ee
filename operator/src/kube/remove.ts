import { isApiError } from './errors.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { objectPath, refOf } from './resource.ts'
import { expectRemoved, type Run } from './run.ts'
import type { KubeObject } from './types.ts'

export type RemoveResult =
  /** It is gone, or on its way. */
  | { readonly kind: 'removed' | 'absent' }
  /** It isn't as it was when this was decided, or is another by now: look again. */
  | { readonly kind: 'changed' }
  | Refusal

/** Deletes exactly the object that was seen, in the state that was seen. */
export async function removeObject(run: Run, seen: KubeObject): Promise<RemoveResult> {
  if (seen.metadata.deletionTimestamp !== undefined) return { kind: 'removed' }
  const result = await remove(run, seen)
  run.onWrite?.({ kind: seen.kind, result: result.kind })
  return result
}

async function remove(run: Run, seen: KubeObject): Promise<RemoveResult> {
  const ref = refOf(seen)
  const { uid = '', resourceVersion = '' } = seen.metadata
  try {
    await run.transport.request({
      method: 'DELETE',
      path: objectPath(ref),
      body: { kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid, resourceVersion } },
      signal: run.signal,
    })
    expectRemoved(run, ref, uid)
    return { kind: 'removed' }
  } catch (error) {
    if (isApiError(error, 'absent')) return { kind: 'absent' }
    if (isApiError(error, 'conflict')) return { kind: 'changed' }
    return refusalOf(error, true)
  }
}
