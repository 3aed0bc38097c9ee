import type { ProcessStatus } from '../contract/status.ts'
import type { StatusSource } from './status-source.ts'

/** Status of a program that isn't ORK: made anew for each reader; who watches gets a snapshot and beats. */
export function processStatus(epoch: string, status: () => ProcessStatus): StatusSource {
  const cursor = { epoch, seq: 0 }
  return {
    cursor: () => cursor,
    snapshot: () => ({ ...cursor, status: status() }),
    subscribe: () => () => undefined,
  }
}
