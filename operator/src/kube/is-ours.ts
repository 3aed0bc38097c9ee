import { labels } from '../api/group.ts'
import type { KubeObject, ObjectMeta } from './types.ts'

/** Says of the object that has the wanted name whether it may be changed. */
export type Ours = (live: KubeObject) => boolean

/**
 * The rule for objects under a name that the operator wants: its controller is the controller of what is desired. Of Secrets
 * and volume claims, which outlive their site, the label of the site or worker is enough: it is the consent to adopt them.
 */
export function isOurs(desired: KubeObject): Ours {
  const controller = controllerOf(desired.metadata)
  const adoptable = desired.kind === 'Secret' || desired.kind === 'PersistentVolumeClaim'
  return ({ metadata }) => {
    if (controller !== undefined && controllerOf(metadata) === controller) return true
    return adoptable && [labels.site, labels.worker].some((label) => sameLabel(desired.metadata, metadata, label))
  }
}

/** uid of the controller among the owners. */
function controllerOf({ ownerReferences }: ObjectMeta): string | undefined {
  return ownerReferences?.find(({ controller }) => controller === true)?.uid
}

function sameLabel(one: ObjectMeta, other: ObjectMeta, label: string): boolean {
  const value = one.labels?.[label]
  return value !== undefined && other.labels?.[label] === value
}
