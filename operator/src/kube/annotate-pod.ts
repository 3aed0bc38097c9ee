import { fieldManagers } from '../api/group.ts'
import { isApiError } from './errors.ts'
import { parseObject } from './parse-object.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { objectPath, refOf } from './resource.ts'
import { expectWritten, type Run } from './run.ts'
import type { Pod } from './types.ts'

export type AnnotateResult =
  | { readonly kind: 'written' }
  /** The pod is gone, or another has its name. */
  | { readonly kind: 'absent' }
  | Refusal

/** Sets annotations of a pod that a Deployment made. */
export async function annotatePod(
  run: Run,
  pod: Pod,
  annotations: Readonly<Record<string, string>>,
): Promise<AnnotateResult> {
  const { uid = '' } = pod.metadata
  try {
    const answer = await run.transport.request({
      method: 'PATCH',
      path: objectPath(refOf(pod)),
      query: { fieldManager: fieldManagers.apply },
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid, annotations } },
      signal: run.signal,
    })
    expectWritten(run, parseObject('Pod', answer))
    run.onWrite?.({ kind: 'Pod', result: 'written' })
    return { kind: 'written' }
  } catch (error) {
    if (isApiError(error, 'absent', 'conflict', 'invalid')) return { kind: 'absent' }
    return refusalOf(error, true)
  }
}
