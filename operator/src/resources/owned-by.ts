import { apiVersion, kinds } from '../api/group.ts'
import type { OwnerReference } from '../kube/types.ts'

interface Named {
  readonly name: string
  readonly uid: string
}

/** Owner references of what goes when the site goes. */
export function ownedBySite({ name, uid }: Named): OwnerReference[] {
  return [{ apiVersion, kind: kinds.site.kind, name, uid, controller: true, blockOwnerDeletion: true }]
}

/** Owner references of what goes when the worker goes. */
export function ownedByWorker({ name, uid }: Named): OwnerReference[] {
  return [{ apiVersion, kind: kinds.worker.kind, name, uid, controller: true, blockOwnerDeletion: true }]
}
