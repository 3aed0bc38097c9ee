// Keeps one worker as its spec asks: observe, decide, apply, report.
import { done, type Reconcile } from '../../engine/outcome.ts'
import { parseKey } from '../../kube/resource.ts'
import { applyPlan } from '../apply-plan.ts'
import { siteKeyOf } from '../cluster-view.ts'
import { parseWorker } from '../custom-resources.ts'
import { hearOf } from '../ork-hearing.ts'
import { outcomeOf } from '../outcome-of.ts'
import { workerOwner } from '../ownership.ts'
import type { ReconcilePorts } from '../reconcile-ports.ts'
import { createRefreshMemory } from '../refresh-memory.ts'
import { reportStatus } from '../report-status.ts'
import { earliest } from '../steps.ts'
import { decideWorker } from './decide.ts'
import { observeWorker } from './observe.ts'
import { workerStatus } from './status.ts'

export function workerReconciler(ports: ReconcilePorts): Reconcile {
  const { clock, hearing, kube, view } = ports
  const { refreshes, remember } = createRefreshMemory()

  return async (key, signal) => {
    const scope = `worker/${key}`
    await kube.settled(scope, signal)
    const { namespace, name } = parseKey(key)
    const object = view.workers.get(namespace, name)
    if (object === null || object.metadata.deletionTimestamp !== undefined) return done
    const worker = parseWorker(object)
    const siteKey = siteKeyOf(worker)
    const { knowledge: orkKnowledge, againMs } = hearOf(
      hearing,
      siteKey,
      view.site(namespace, worker.spec.siteRef.name),
    )
    const seen = await observeWorker(ports, worker, { orkKnowledge, refreshes }, signal)
    const plan = decideWorker(seen, clock.monotonic())
    const applying = { kube, scope, clock, owner: workerOwner(worker.metadata), regarding: object }
    const setbacks = await applyPlan(plan, { ...applying, onRefreshed: remember }, signal)
    const status = workerStatus(seen, setbacks)
    const reported = await reportStatus({ kube, scope, siteKey }, object, status, signal)
    return outcomeOf(earliest(plan.againMs, againMs), setbacks, reported)
  }
}
