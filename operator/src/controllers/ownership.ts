import { group, labels } from '../api/group.ts'
import type { KubeObject } from '../kube/types.ts'

/** Whose children are meant. */
export interface Owner {
  readonly kind: 'MdkSite' | 'MdkWorker'
  readonly name: string
  readonly uid: string
}

export function siteOwner({ name, uid }: Pick<Owner, 'name' | 'uid'>): Owner {
  return { kind: 'MdkSite', name, uid }
}

export function workerOwner({ name, uid }: Pick<Owner, 'name' | 'uid'>): Owner {
  return { kind: 'MdkWorker', name, uid }
}

/**
 * Whose an object of a wanted name is. `leaving`: it goes, or it is left over from a deleted owner of the same name;
 * either is waited out. `taken`: somebody else's, never touched.
 */
export type Ownership = 'ours' | 'leaving' | 'taken'

export function ownershipOf(object: KubeObject, owner: Owner): Ownership {
  const { metadata } = object
  if (metadata.deletionTimestamp !== undefined) return 'leaving'
  const controller = metadata.ownerReferences?.find((reference) => reference.controller === true)
  if (controller?.uid === owner.uid) return 'ours'
  const namesake =
    controller?.kind === owner.kind && controller.name === owner.name && controller.apiVersion.startsWith(`${group}/`)
  if (namesake) return 'leaving'
  return isAdoptable(object, owner) ? 'ours' : 'taken'
}

/** The object; null if there is none, or it isn't ours. */
export function ifOurs<T extends KubeObject>(object: T | null, owner: Owner): T | null {
  return object !== null && ownershipOf(object, owner) === 'ours' ? object : null
}

/** uid of the object's controller; undefined if it has none. */
export function controllerUid({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid
}

/** Whether the object goes when the owner goes. */
export function isOwned({ metadata: { ownerReferences = [] } }: KubeObject, owner: Owner): boolean {
  return ownerReferences.some(({ uid }) => uid === owner.uid)
}

/** As it can be applied to the live object: without our owner reference where somebody else controls that, since one alone can. */
export function besideController<T extends KubeObject>(desired: T, live: KubeObject, owner: Owner): T {
  const controller = controllerUid(live)
  if (controller === undefined || controller === owner.uid) return desired
  const entries = Object.entries(desired.metadata).filter(([name]) => name !== 'ownerReferences')
  return { ...desired, metadata: Object.fromEntries(entries) }
}

/** A Secret or volume is taken over by its label, which is the consent: that is how a backup or a retained identity comes back. */
function isAdoptable({ kind, metadata }: KubeObject, owner: Owner): boolean {
  if (kind !== 'Secret' && kind !== 'PersistentVolumeClaim') return false
  const site = metadata.labels?.[labels.site]
  const worker = metadata.labels?.[labels.worker]
  return owner.kind === 'MdkSite' ? site === owner.name && worker === undefined : worker === owner.name
}
