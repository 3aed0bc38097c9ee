import type { Clock } from '../engine/clock.ts'
import { type AnnotateResult, annotatePod } from './annotate-pod.ts'
import { type ApplyResult, applyObject, type Ours } from './apply.ts'
import type { Caches } from './caches.ts'
import { type CreateResult, createOnce } from './create-once.ts'
import type { EventFact, EventRecorder } from './events.ts'
import { createExpectations } from './expectations.ts'
import { createOwnerCheck } from './owner-check.ts'
import { readObject } from './read-object.ts'
import { type RemoveResult, removeObject } from './remove.ts'
import type { CustomResource, Kind, KindTypes, Ref } from './resource.ts'
import type { WriteHook } from './run.ts'
import type { CountRules, Status } from './status-decision.ts'
import { createStatusWriter, type StatusResult } from './status-writer.ts'
import type { Transport } from './transport.ts'
import type { KubeObject, Pod } from './types.ts'

/** What reconcilers may do in the cluster, beside reading caches. A child that can't be written is a result; other errors are thrown. */
export interface Kube {
  /** A live read; null if there is none. For what no cache has, and where being out of date would do harm. */
  get<K extends Kind>(ref: Ref<K>, signal: AbortSignal): Promise<KindTypes[K] | null>
  /**
   * What one run writes with.
   * @param scope the controller's name and the key. A run begins with `settled` of the same scope.
   * @param owner whom new objects belong to. It is looked at live before one is made: its children go while the caches still
   * show it, and would be made again.
   */
  writer(scope: string, signal: AbortSignal, owner?: KubeObject): Writer
  /** Resolves when the caches have what the scope's last run wrote (5 s at most). */
  settled(scope: string, signal: AbortSignal): Promise<void>
  /** Says something to people who look at the object. Never waits, never fails. */
  record(event: EventFact): void
}

export interface Writer {
  /** See `apply.ts`. */
  apply(desired: KubeObject, ours: Ours): Promise<ApplyResult>
  createOnce(object: KubeObject): Promise<CreateResult>
  remove(seen: KubeObject): Promise<RemoveResult>
  annotatePod(pod: Pod, annotations: Readonly<Record<string, string>>): Promise<AnnotateResult>
  /** At most once a run. `site` is the key of the site that the object belongs to. */
  writeStatus(object: CustomResource, next: Status, site: string): Promise<StatusResult>
}

export interface KubeOptions {
  readonly transport: Transport
  readonly caches: Caches
  readonly events: EventRecorder
  readonly clock: Clock
  readonly countRules: CountRules
  readonly onWrite?: WriteHook
}

export function createKube({ transport, caches, events, clock, countRules, onWrite }: KubeOptions): Kube {
  const expectations = createExpectations({ clock, onChange: (listener) => caches.onChange(listener) })
  const statuses = createStatusWriter(clock, countRules)
  return {
    get: (ref, signal) => readObject(transport, ref, signal),
    settled: (scope, signal) => expectations.settled(scope, signal),
    record: (event) => events.record(event),
    writer(scope, signal, owner) {
      const ownerLives = owner === undefined ? () => Promise.resolve(true) : createOwnerCheck(transport, owner, signal)
      const run = { scope, signal, transport, caches, expectations, ownerLives, ...(onWrite && { onWrite }) }
      return {
        apply: (desired, ours) => applyObject(run, desired, ours),
        createOnce: (object) => createOnce(run, object),
        remove: (seen) => removeObject(run, seen),
        annotatePod: (pod, annotations) => annotatePod(run, pod, annotations),
        writeStatus: (object, next, site) => statuses.write(run, object, next, site),
      }
    },
  }
}
