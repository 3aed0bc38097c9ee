// Decides what a site that is being deleted still needs. It may linger, held back by somebody's finalizer or by children that go
// first, and an edit of `deletionPolicy` counts until it is gone. Pure.
import type { KubeObject } from '../../kube/types.ts'
import { isOwned, type Owner, siteOwner } from '../ownership.ts'
import { formatObject, type Plan, type Step } from '../steps.ts'
import { decideSite } from './decide.ts'
import type { SeenIdentity } from './identity.ts'
import type { SeenSite } from './seen-site.ts'

/** What stays is given no owner, and what goes with the site is given one. Nothing else is written. */
export function decideLeaving(seen: SeenSite): Plan {
  const secrets = Object.values(seen.identities).map(({ own }: SeenIdentity) => own)
  const live = [...secrets, seen.volume].filter((object) => object !== null)
  const owner = siteOwner(seen.facts)
  const steps = decideSite(seen, 0).stages.flat()
  return { stages: [steps.flatMap((step) => changeOwner(step, live, owner))], events: [], againMs: null }
}

function changeOwner(step: Step, live: readonly KubeObject[], owner: Owner): Step[] {
  if (step.kind !== 'apply') return []
  const { object } = step
  const there = live.find((one) => formatObject(one) === formatObject(object))
  if (there === undefined || isOwned(there, owner) === isOwned(object, owner)) return []
  const { uid = '' } = there.metadata
  // With its uid, an object that is gone meanwhile isn't made again.
  return [{ ...step, object: { ...object, metadata: { ...object.metadata, uid } } }]
}
