// What must hold of everything that ever happened to a site's objects, whatever befell the operator.
import { parseDiscovery, parseRoster } from '../../../runtime/src/contract/index.ts'
import type { ConfigMap, KubeObject, Secret } from '../../src/kube/types.ts'
import { secretText } from '../../src/resources/secret.ts'
import type { Sighting } from './witness.ts'

/**
 * Sentences about what was broken; none if all was kept:
 *   P1 an identity is made once, and never changes
 *   P2 what status has shown of an identity it shows until the site goes
 *   P3 no pod is restarted: a workload is made once, and its template never changes
 *   P4 nobody is pointed at a key that never was in a Secret
 */
export function findBrokenPromises(history: readonly Sighting[]): string[] {
  return [...brokenIdentities(history), ...brokenStatuses(history), ...restarts(history), ...strayKeys(history)]
}

const identities = /-(topic|ork-key|app-node-key|app-node-tokens|admin|key)$/

function brokenIdentities(history: readonly Sighting[]): string[] {
  const secrets = seen(history, 'Secret').filter(({ object }) => identities.test(object.metadata.name ?? ''))
  return changesOf(secrets, (object) => [object.metadata.uid, (object as Secret).data])
}

function brokenStatuses(history: readonly Sighting[]): string[] {
  const sites = seen(history, 'MdkSite')
  const fact = (path: readonly string[]) =>
    changesOf(sites, (object) => {
      const shown = path.reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], object)
      return shown === undefined ? undefined : [path, shown]
    })
  return [
    ...fact(['status', 'discovery', 'topicHash']),
    ...fact(['status', 'ork', 'publicKey']),
    ...fact(['status', 'appNode', 'publicKey']),
  ]
}

function restarts(history: readonly Sighting[]): string[] {
  const workloads = [...seen(history, 'Deployment'), ...seen(history, 'StatefulSet')]
  return changesOf(workloads, (object) => {
    const { spec } = object as KubeObject & { spec?: { template?: unknown; replicas?: number } }
    return [object.metadata.uid, spec?.template, spec?.replicas]
  })
}

function strayKeys(history: readonly Sighting[]): string[] {
  const publicKeys = new Set(
    seen(history, 'Secret').map(({ object }) => secretText(object as Secret, 'publicKey') ?? null),
  )
  return seen(history, 'ConfigMap').flatMap(({ object }) => {
    const named = keysIn(object as ConfigMap)
    const name = object.metadata.name ?? ''
    return named.filter((key) => !publicKeys.has(key)).map((key) => `ConfigMap ${name} names ${key}, which never was`)
  })
}

function keysIn({ data = {} }: ConfigMap): string[] {
  const { 'discovery.json': discoveryText, 'roster.json': rosterText } = data
  const discovery = discoveryText === undefined ? null : parseDiscovery(discoveryText)
  const roster = rosterText === undefined ? null : parseRoster(rosterText)
  const ork = discovery?.kind === 'ok' ? discovery.value.orkPublicKey : null
  const members = roster?.kind === 'ok' ? [...roster.value.workers, ...roster.value.callers] : []
  return [...(ork === null ? [] : [ork]), ...members.map(({ publicKey }) => publicKey)]
}

function seen(history: readonly Sighting[], kind: string): Sighting[] {
  return history.filter(({ change, object }) => change !== 'deleted' && object.kind === kind)
}

/** Objects of one name for which `factOf` isn't always the same. What is undefined at first may come, and must stay. */
function changesOf(sightings: readonly Sighting[], factOf: (object: KubeObject) => unknown): string[] {
  const first = new Map<string, string>()
  return sightings.flatMap(({ object }) => {
    const name = `${object.kind} ${object.metadata.name ?? ''}`
    const fact = JSON.stringify(factOf(object)) as string | undefined
    const before = first.get(name)
    if (fact !== undefined && before === undefined) first.set(name, fact)
    return before === undefined || before === fact ? [] : [`${name} changed from ${before} to ${fact ?? 'nothing'}`]
  })
}
