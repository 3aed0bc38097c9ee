// Tells of one rack what became of its devices. A rack runs nothing, so there is nothing to apply.
import { done, type Reconcile } from '../../engine/outcome.ts'
import { parseKey } from '../../kube/resource.ts'
import { siteKeyOf } from '../cluster-view.ts'
import { parseRack } from '../custom-resources.ts'
import { hearOf } from '../ork-hearing.ts'
import { outcomeOf } from '../outcome-of.ts'
import type { ReconcilePorts } from '../reconcile-ports.ts'
import { reportStatus } from '../report-status.ts'
import { observeRack } from './observe.ts'
import { rackStatus } from './status.ts'

export function rackReconciler({ hearing, kube, view }: ReconcilePorts): Reconcile {
  return async (key, signal) => {
    const scope = `rack/${key}`
    await kube.settled(scope, signal)
    const { namespace, name } = parseKey(key)
    const object = view.racks.get(namespace, name)
    if (object === null || object.metadata.deletionTimestamp !== undefined) return done
    const rack = parseRack(object)
    const siteKey = siteKeyOf(rack)
    const { knowledge, againMs } = hearOf(hearing, siteKey, view.site(namespace, rack.spec.siteRef.name))
    const status = rackStatus(observeRack(view, rack, knowledge))
    return outcomeOf(againMs, [], await reportStatus({ kube, scope, siteKey }, object, status, signal))
  }
}
