// What becomes of one identity of a site: topic, ORK's key, App Node's key, the tokens. Invariants:
//   I1 an identity that status knows is never replaced in silence
//   I2 pods use the operator's own Secret; a Secret that the spec refers to is a source, checked before it is copied
//   I3 a bad source changes nothing: the last good copy stays in use
//   I4 a generated value is created once, never applied over something
//   I5 a copy counts when its Secret was seen to hold it: a copy that is refused moves nothing
import type { Parsed } from '../../../../runtime/src/contract/index.ts'
import { annotations } from '../../api/group.ts'
import type { SiteReason } from '../../api/v1alpha1/index.ts'
import type { Secret } from '../../kube/types.ts'
import type { Finding } from '../conditions.ts'
import { hasContent, keepSecret } from '../keep-secret.ts'
import { type Owner, ownershipOf } from '../ownership.ts'
import { type PlannedEvent, type Step, soonAgainMs } from '../steps.ts'
import {
  immutableMessage,
  lostMessage,
  lostSourceMessage,
  malformedMessage,
  takenMessage,
} from './identity-messages.ts'

/** What was seen of one identity. */
export interface SeenIdentity {
  /** The operator's own Secret; null if a live read found none. */
  readonly own: Secret | null
  /** The Secret that the spec refers to; null if it refers to none. */
  readonly source: SeenSource | null
  /** What status shows of it once it has existed. */
  readonly known: string | null
  /** What the user allows to be replaced; compared with `known`. */
  readonly givenUp: string | null
}

export interface SeenSource {
  readonly name: string
  readonly secret: Secret | null
}

/** How one kind of identity is read and made. */
export interface IdentityKind<Value> {
  /** In a sentence: `ORK's key`. */
  readonly what: string
  /** Reads a Secret; the message of a problem goes on after the Secret's name. */
  parse(secret: Secret): Parsed<Value, SiteReason>
  /** Why a valid value can't be used; null if it can. */
  refuse(value: Value): Finding<SiteReason> | null
  /** What status shows of a value; null for what it doesn't show. */
  fact(value: Value): string | null
  /** Name of the operator's own Secret. */
  readonly secretName: string
  /** That Secret with this value. */
  desired(value: Value): Secret
  /**
   * The same as it is first made: without what a later edit of the site may take back, since server-side apply takes back
   * only what an apply has set.
   */
  first(value: Value): Secret
  /** Makes a new value. */
  fresh(): Value
}

export interface IdentityDecision<Value> {
  /** What pods run with; null if there is nothing that they could. */
  readonly value: Value | null
  /** What the operator's own Secret is to hold, which pods run with once it does; null for nothing that is known. */
  readonly wanted: Value | null
  /** What keeps the identity from being in use as declared. */
  readonly finding: Finding<SiteReason> | null
  readonly steps: readonly Step[]
  readonly events: readonly PlannedEvent[]
  /** When to look again though nothing is heard; null for never. */
  readonly againMs: number | null
}

export function decideIdentity<Value>(
  kind: IdentityKind<Value>,
  seen: SeenIdentity,
  owner: SiteOwner,
): IdentityDecision<Value> {
  const name = kind.secretName
  const ownership = seen.own === null ? 'ours' : ownershipOf(seen.own, owner)
  if (ownership === 'taken') return problem({ reason: 'NameTaken', message: takenMessage('Secret', name, owner.name) })
  if (ownership === 'leaving') {
    const message = `an earlier Secret ${name} is still being deleted`
    return { ...problem({ reason: 'Starting', message }), againMs: soonAgainMs }
  }
  return seen.source === null ? decideOwn(kind, seen, owner) : decideCopy(kind, { ...seen, source: seen.source }, owner)
}

interface SiteOwner extends Owner {
  readonly createdAt: string
}

/** The value lives in the operator's own Secret alone. */
function decideOwn<Value>(kind: IdentityKind<Value>, seen: SeenIdentity, owner: SiteOwner): IdentityDecision<Value> {
  const name = kind.secretName
  if (seen.own === null) {
    if (seen.known === null || seen.givenUp === seen.known) return generate(kind, seen, owner)
    const lost = { what: kind.what, secret: name, site: owner.name, known: seen.known, givenUp: seen.givenUp }
    return problem({ reason: 'SecretLost', message: lostMessage(lost) }) // I1
  }
  const checked = check(kind, name, seen.own)
  if (checked.kind === 'problem') return problem(checked)
  const desired = { ...kind.desired(checked.value), data: seen.own.data ?? {} }
  const reused = seen.known === null && (seen.own.metadata.creationTimestamp ?? '') < owner.createdAt
  const note = `took up ${kind.what} from Secret ${name}, which was there before the site`
  return {
    ...inUse(checked.value, keepSecret(desired, seen.own, owner)),
    events: [
      ...(reused ? [{ type: 'Normal', reason: 'IdentityReused', action: 'Adopt', note } as const] : []),
      ...changedEvents(kind, checked.value, seen.known),
    ],
  }
}

/** Who edits the operator's own Secret changes the identity at once; whoever pins the one before must hear of it. */
function changedEvents<Value>(kind: IdentityKind<Value>, value: Value, known: string | null): PlannedEvent[] {
  const fact = kind.fact(value)
  if (known === null || fact === null || fact === known) return []
  const note = `${kind.what} was changed in Secret ${kind.secretName}: ${known} became ${fact}`
  return [{ type: 'Warning', reason: 'IdentityChanged', action: 'Adopt', note }]
}

/** The value comes from a Secret of the user's; ours is a copy of it (I2). */
function decideCopy<Value>(
  kind: IdentityKind<Value>,
  seen: SeenIdentity & { readonly source: SeenSource },
  owner: SiteOwner,
): IdentityDecision<Value> {
  const { own, source } = seen
  if (source.secret === null) return withCopy(kind, own, missingSource(kind, seen, source.name))
  const checked = check(kind, source.name, source.secret)
  if (checked.kind === 'problem') return withCopy(kind, own, checked)
  const desired = kind.desired(checked.value)
  const marks = { [annotations.copiedFrom]: source.name }
  const marked = { ...desired, metadata: { ...desired.metadata, annotations: marks } }
  const note = `copied ${kind.what} from Secret ${source.name} to Secret ${kind.secretName}`
  const event = { type: 'Normal', reason: 'SecretCopied', action: 'Copy', note } as const
  if (own === null) return inUse(checked.value, [createStep(kind.first(checked.value), marked, owner, event)])
  if (own.immutable === true && !hasContent(desired, own)) {
    const message = immutableMessage(kind.what, kind.secretName, source.name)
    return withCopy(kind, own, { reason: 'SecretImmutable', message })
  }
  const copying = inUse(checked.value, keepSecret(marked, own, owner, event))
  return { ...copying, value: lastGood(kind, own) } // I5
}

function generate<Value>(
  kind: IdentityKind<Value>,
  { known }: SeenIdentity,
  owner: SiteOwner,
): IdentityDecision<Value> {
  const note =
    known === null
      ? `generated ${kind.what} in Secret ${kind.secretName}`
      : `generated ${kind.what} anew: ${known} was given up`
  const event = { type: 'Normal', reason: 'IdentityGenerated', action: 'Generate', note } as const
  const value = kind.fresh()
  return inUse(value, [createStep(kind.first(value), kind.desired(value), owner, event)])
}

/** What a later edit may take back follows in the same run: a site that is deleted before the next would leave its Secrets. */
function createStep(first: Secret, desired: Secret, owner: SiteOwner, event: PlannedEvent): Step {
  const [then] = keepSecret(desired, first, owner)
  return { kind: 'create', object: first, then: then?.kind === 'apply' ? then.object : null, event }
}

/** Whether a source that isn't there was ever copied decides whether it is lost or not there yet. */
function missingSource<Value>(
  kind: IdentityKind<Value>,
  { own, known }: SeenIdentity,
  source: string,
): Finding<SiteReason> {
  const copied = own?.metadata.annotations?.[annotations.copiedFrom] === source
  if (copied || (own === null && known !== null)) {
    return { reason: 'SecretLost', message: lostSourceMessage(kind.what, source, copied) }
  }
  return { reason: 'SecretNotFound', message: `Secret ${source}, the source of ${kind.what}, isn't there yet` }
}

/** A problem of the source; what is in use stays so (I3). */
function withCopy<Value>(
  kind: IdentityKind<Value>,
  own: Secret | null,
  finding: Finding<SiteReason>,
): IdentityDecision<Value> {
  const value = own === null ? null : lastGood(kind, own)
  if (value === null) return problem(finding)
  const { reason, message } = finding
  return { ...inUse(value, []), finding: { reason, message: `${message}; the last good one stays in use` } }
}

/** What the operator's own Secret holds; null if that is of no use. */
function lastGood<Value>(kind: IdentityKind<Value>, own: Secret): Value | null {
  const parsed = kind.parse(own)
  return parsed.kind === 'ok' && kind.refuse(parsed.value) === null ? parsed.value : null
}

type Checked<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | ({ readonly kind: 'problem' } & Finding<SiteReason>)

function check<Value>(kind: IdentityKind<Value>, name: string, secret: Secret): Checked<Value> {
  const parsed = kind.parse(secret)
  if (parsed.kind === 'problem') {
    return { kind: 'problem', reason: parsed.reason, message: malformedMessage(kind.what, name, parsed.message) }
  }
  const refusal = kind.refuse(parsed.value)
  return refusal === null ? parsed : { kind: 'problem', ...refusal }
}

function problem({ reason, message }: Finding<SiteReason>): IdentityDecision<never> {
  return { value: null, wanted: null, finding: { reason, message }, steps: [], events: [], againMs: null }
}

function inUse<Value>(value: Value, steps: readonly Step[]): IdentityDecision<Value> {
  return { value, wanted: value, finding: null, steps, events: [], againMs: null }
}
