import { isApiError } from './errors.ts'
import { parseObject } from './parse-object.ts'
import { type Kind, type KindTypes, objectPath, type Ref } from './resource.ts'
import type { Transport } from './transport.ts'

/** A read from the API server itself; null if there is none. */
export async function readObject<K extends Kind>(
  transport: Transport,
  ref: Ref<K>,
  signal: AbortSignal,
): Promise<KindTypes[K] | null> {
  try {
    return parseObject(ref.kind, await transport.request({ method: 'GET', path: objectPath(ref), signal }))
  } catch (error) {
    if (isApiError(error, 'absent')) return null
    throw error
  }
}
