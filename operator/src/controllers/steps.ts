import { ApiError } from '../kube/errors.ts'
import type { KubeObject, Pod, Secret } from '../kube/types.ts'
import type { LastRefresh } from './refresh.ts'

/** Something to tell about an object, once it has been done. */
export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning'
  /** PascalCase, for programs. */
  readonly reason: string
  /** What the operator did, in one word. */
  readonly action: string
  /** A sentence for people. */
  readonly note: string
}

/** One write that is wanted. */
export type Step =
  /** Makes an object that must never be overwritten. `then` is applied to what was made: what a later run may take back. */
  | {
      readonly kind: 'create'
      readonly object: Secret
      readonly then: KubeObject | null
      readonly event: PlannedEvent | null
    }
  /** Brings an object to what it should be; writes nothing if it is so. `needs` are names of objects without which it would only fail. */
  | {
      readonly kind: 'apply'
      readonly object: KubeObject
      readonly needs: readonly string[]
      readonly event: PlannedEvent | null
    }
  | { readonly kind: 'remove'; readonly object: KubeObject }
  /** Makes the kubelet refresh the files of a pod. */
  | {
      readonly kind: 'refresh'
      readonly pod: Pod
      readonly value: string
      /** What to remember of it. */
      readonly remember: LastRefresh
    }

/** What a run wants, in stages: those of a stage may run side by side, and each stage follows the one before. */
export interface Plan {
  readonly stages: readonly (readonly Step[])[]
  readonly events: readonly PlannedEvent[]
  /** When to look again though nothing happened; null if there is no need. */
  readonly againMs: number | null
}

/** A step that applies an object and depends on nothing. */
export function applyStep(object: KubeObject): Step {
  return { kind: 'apply', object, needs: [], event: null }
}

/** Why a step wasn't done. */
export type Setback =
  /** The name belongs to somebody else. */
  | { readonly kind: 'taken'; readonly object: KubeObject }
  /** An earlier object of the name is still going. */
  | { readonly kind: 'leaving'; readonly object: KubeObject }
  /** Somebody was faster, be it to make or to delete; the next run sees what they did. */
  | { readonly kind: 'raced'; readonly object: KubeObject }
  | Refused

/** What the API server won't do, or couldn't. */
export interface Refused {
  readonly kind: 'refused' | 'failed'
  readonly object: KubeObject
  readonly error: Error
  /** Whether the object is there all the same, as it was before. */
  readonly exists: boolean
}

export function isRefusal(setback: Setback): setback is Refused {
  return setback.kind === 'refused' || setback.kind === 'failed'
}

/** What keeps others from being written that need the object: it isn't there, or isn't ours. */
export function isMissing(setback: Setback): boolean {
  return !isRefusal(setback) || !setback.exists
}

/** How people name an object: `Secret hello-topic`. */
export function formatObject({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name ?? ''}`
}

export function formatRefusal({ kind, object, error }: Refused): string {
  const what = kind === 'refused' ? 'was refused' : 'could not be written'
  return `${formatObject(object)} ${what}: ${error instanceof ApiError ? error.explanation : error.message}`
}

/** What is to be said of setbacks behind a sentence: the first that people can do something about, or wait for. */
export function formatSetbacks(setbacks: readonly Setback[]): string {
  for (const setback of setbacks) {
    if (isRefusal(setback)) return `; ${formatRefusal(setback)}`
    if (setback.kind === 'leaving') return `; an earlier ${formatObject(setback.object)} is still being deleted`
  }
  return ''
}

/**
 * When to look again at what settles within seconds, which may not be seen: what is left over from a deleted namesake goes,
 * and what another wrote is there.
 */
export const soonAgainMs = 1_000

/** The earliest of times to look again; null if there is none. */
export function earliest(...times: readonly (number | null)[]): number | null {
  return times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null)
}
