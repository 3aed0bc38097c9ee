import { readObject } from './read-object.ts'
import { refOf } from './resource.ts'
import type { Transport } from './transport.ts'
import type { KubeObject } from './types.ts'

/** Tells whether exactly this object is still there and stays, as the API server has it now. Reads at the first call, once. */
export function createOwnerCheck(transport: Transport, owner: KubeObject, signal: AbortSignal): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined
  const look = async () => {
    const live = await readObject(transport, refOf(owner), signal)
    return live?.metadata.uid === owner.metadata.uid && live?.metadata.deletionTimestamp === undefined
  }
  return () => (answer ??= look())
}
