// The state of a namespace as text that is equal for two namespaces in the same state: without what the API server makes up,
// and with a name in place of each random value.
import { contentHash, topicHash } from '../../../runtime/src/contract/index.ts'
import type { KubeObject, Secret } from '../../src/kube/types.ts'
import { secretText } from '../../src/resources/secret.ts'

/** Of each object, by kind and name, its canonical JSON. */
export type CanonicalState = Readonly<Record<string, unknown>>

/** Set by the API server, different each time. `generation` isn't: it counts changes of the spec. */
const unique = ['resourceVersion', 'creationTimestamp', 'managedFields', 'namespace', 'lastTransitionTime']
/** IPs of Services. Empty lists go too: whether one stays in an object depends on whether it ever held something. */
const allotted = ['clusterIP', 'clusterIPs']

export function canonicalState(objects: readonly KubeObject[]): CanonicalState {
  const own = objects.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
  const names = namesOfRandomValues(own)
  const entries = own.map((object) => {
    const text = JSON.stringify(strip(object))
    const named = [...names].reduce((before, [value, name]) => before.replaceAll(value, name), text)
    return [`${object.kind} ${object.metadata.name ?? ''}`, JSON.parse(named) as unknown] as const
  })
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([name, part]) => !unique.includes(name) && !allotted.includes(name) && !(Array.isArray(part) && part.length === 0),
  )
  return Object.fromEntries(kept.map(([name, part]) => [name, strip(part)]))
}

/**
 * Every text in a Secret of ours that is random, what is derived of it, the name of the namespace, and each object's uid: that
 * of an owner that is gone stays as it is, and so is equal to no other.
 */
function namesOfRandomValues(objects: readonly KubeObject[]): ReadonlyMap<string, string> {
  const secrets = objects.filter((object): object is Secret => object.kind === 'Secret')
  return new Map([
    ...secrets.flatMap(namesOfTexts),
    ...objects.flatMap(({ kind, metadata: { uid = '', name = '', namespace = '' } }) => [
      [uid, `<uid of ${kind} ${name}>`] as const,
      [namespace, '<namespace>'] as const,
    ]),
  ])
}

/** A device list holds nothing random. */
function namesOfTexts(secret: Secret): (readonly [string, string])[] {
  const { name = '' } = secret.metadata
  if (name.endsWith('-devices')) return []
  return Object.entries(secret.data ?? {}).flatMap(([key, encoded]) => {
    const text = secretText(secret, key) ?? ''
    return [
      [encoded, `<${name}/${key} in base64>`] as const,
      [text, `<${name}/${key}>`] as const,
      [contentHash(text), `<hash of ${name}/${key}>`] as const,
      [topicHash(text), `<hash of topic ${name}/${key}>`] as const,
    ]
  })
}
