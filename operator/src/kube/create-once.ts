import { fieldManagers } from '../api/group.ts'
import { isApiError } from './errors.ts'
import { parseObject } from './parse-object.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { collectionPath, refOf } from './resource.ts'
import { expectWritten, type Run } from './run.ts'
import type { KubeObject } from './types.ts'

export type CreateResult =
  | { readonly kind: 'created'; readonly object: KubeObject }
  /** Somebody else made it first: read it again and decide anew. */
  | { readonly kind: 'exists' }
  /** What it would belong to is gone or going, so it wasn't made. */
  | { readonly kind: 'ownerless' }
  | Refusal

/** Makes an object that must never be overwritten, such as a generated key. Of two that try, one wins. */
export async function createOnce(run: Run, object: KubeObject): Promise<CreateResult> {
  const result = await create(run, object)
  run.onWrite?.({ kind: object.kind, result: result.kind })
  return result
}

async function create(run: Run, object: KubeObject): Promise<CreateResult> {
  const { kind, namespace } = refOf(object)
  if (!(await run.ownerLives())) return { kind: 'ownerless' }
  try {
    const answer = await run.transport.request({
      method: 'POST',
      path: collectionPath(kind, namespace),
      query: { fieldManager: fieldManagers.apply },
      body: object,
      signal: run.signal,
    })
    const created = parseObject(kind, answer)
    expectWritten(run, created)
    return { kind: 'created', object: created }
  } catch (error) {
    return isApiError(error, 'exists') ? { kind: 'exists' } : refusalOf(error, false)
  }
}
