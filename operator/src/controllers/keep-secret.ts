import { annotations } from '../api/group.ts'
import type { ObjectMeta, Secret } from '../kube/types.ts'
import { besideController, isOwned, type Owner } from './ownership.ts'
import type { PlannedEvent, Step } from './steps.ts'

/** Steps that bring a Secret that is there to its metadata and content; none if it is so already. */
export function keepSecret(desired: Secret, own: Secret, owner: Owner, event: PlannedEvent | null = null): Step[] {
  const wanted = besideController(desired, own, owner)
  if (isInOrder(wanted, own, owner)) return []
  const { resourceVersion } = own.metadata
  const object = {
    ...wanted,
    // What was decided on is what is changed: somebody else's edit in between is looked at first.
    metadata: { ...wanted.metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
    // The type of a Secret can't be changed, and one that was adopted may have any.
    ...(own.type !== undefined && { type: own.type }),
  }
  return [{ kind: 'apply', object, needs: [], event: hasContent(wanted, own) ? null : event }]
}

function isInOrder(wanted: Secret, own: Secret, owner: Owner): boolean {
  const labelled = Object.entries(wanted.metadata.labels ?? {}).every(
    ([key, value]) => own.metadata.labels?.[key] === value,
  )
  const marked = markOf(wanted.metadata) === markOf(own.metadata) || isForeignMark(wanted.metadata, own.metadata)
  const owned = isOwned(wanted, owner) === isOwned(own, owner)
  return labelled && marked && owned && hasContent(wanted, own)
}

/** Whether every value that is wanted is there. */
export function hasContent(wanted: Secret, own: Secret): boolean {
  return Object.entries(wanted.data ?? {}).every(([key, value]) => own.data?.[key] === value)
}

function markOf({ annotations: marks }: ObjectMeta): string | undefined {
  return marks?.[annotations.copiedFrom]
}

/** A mark that came with a restored backup isn't ours to take away: applying without it would change nothing, for ever. */
function isForeignMark(wanted: ObjectMeta, { managedFields }: ObjectMeta): boolean {
  if (markOf(wanted) !== undefined) return false
  const ours = JSON.stringify(managedFields?.[0]?.fieldsV1 ?? {})
  return !ours.includes(`"f:${annotations.copiedFrom}"`)
}
