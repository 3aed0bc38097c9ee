import { fieldManagers } from '../api/group.ts'
import { isApiError } from './errors.ts'
import { isApplied } from './is-applied.ts'
import { parseObject } from './parse-object.ts'
import { readObject } from './read-object.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { objectPath, type Ref, refOf } from './resource.ts'
import { expectWritten, type Run } from './run.ts'
import type { KubeObject } from './types.ts'

/** Says of the object that has the wanted name whether it may be changed. One that is being deleted may not. */
export type Ours = (live: KubeObject) => boolean

export type ApplyResult =
  | { readonly kind: 'unchanged' | 'created' | 'updated'; readonly object: KubeObject }
  /** The object that has the name isn't ours, and was not touched. */
  | { readonly kind: 'taken'; readonly object: KubeObject }
  /** What it would belong to is gone or going, so it wasn't made. */
  | { readonly kind: 'ownerless' }
  /** It isn't as it was when this was decided: look again. */
  | { readonly kind: 'changed' }
  | Refusal

/**
 * Makes the object in the cluster what `desired` says, as far as `desired` says anything: with server-side apply, and only if
 * that would change something. An object is looked at live before it is made, since a cache may not show what isn't ours.
 */
export async function applyObject(run: Run, desired: KubeObject, ours: Ours): Promise<ApplyResult> {
  const result = await decideAndApply(run, desired, ours)
  run.onWrite?.({ kind: desired.kind, result: result.kind })
  return result
}

async function decideAndApply(run: Run, desired: KubeObject, ours: Ours): Promise<ApplyResult> {
  const ref = refOf(desired)
  let live: KubeObject | null = run.caches.find(ref.kind, ref.namespace, ref.name) ?? null
  try {
    live ??= await readObject(run.transport, ref, run.signal)
    const settled = live === null ? await decideMaking(run) : decideChange(desired, live, ours)
    if (settled !== null) return settled
    const object = await patch(run, ref, desired)
    expectWritten(run, object)
    return { kind: live === null ? 'created' : 'updated', object }
  } catch (error) {
    return isApiError(error, 'conflict') ? { kind: 'changed' } : refusalOf(error, live !== null)
  }
}

/** Null if the object is to be made. */
async function decideMaking({ ownerLives }: Run): Promise<ApplyResult | null> {
  return (await ownerLives()) ? null : { kind: 'ownerless' }
}

/** Null if the object is to be changed. */
function decideChange(desired: KubeObject, live: KubeObject, ours: Ours): ApplyResult | null {
  if (!ours(live)) return { kind: 'taken', object: live }
  return isApplied(desired, live) ? { kind: 'unchanged', object: live } : null
}

async function patch({ transport, signal }: Run, ref: Ref, desired: KubeObject): Promise<KubeObject> {
  const answer = await transport.request({
    method: 'PATCH',
    path: objectPath(ref),
    query: { fieldManager: fieldManagers.apply, force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: desired,
    signal,
  })
  return parseObject(ref.kind, answer)
}
