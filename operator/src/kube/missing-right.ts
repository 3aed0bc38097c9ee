/** A right that the operator's role doesn't give. */
export interface MissingRight {
  readonly verb: string
  /** As `kubectl` spells it: `deployments.apps`, `mdksites.mdk.io/status`. */
  readonly resource: string
  /** Null where the whole cluster was asked for, or where the API server doesn't say. */
  readonly namespace: string | null
}

/** In the words of the RBAC authorizer (`k8s.io/apiserver/pkg/endpoints/handlers/responsewriters`). */
const byAuthorizer = /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/
/** In those of the admission plugin OwnerReferencesPermissionEnforcement, which asks for more when an owner is set. */
const toBeOwned = /^(\S+) "[^"]*" is forbidden: cannot set an ownerRef on a resource you can't delete/
const toBlock = /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on/

/** Reads which right is missing out of the message of a 403; null where something else is in the way, such as a quota. */
export function parseMissingRight(message: string): MissingRight | null {
  const [denied, verb = '', resource = '', group = '', namespace] = byAuthorizer.exec(message) ?? []
  if (denied !== undefined) return { verb, resource: spell(resource, group), namespace: namespace ?? null }
  const owned = toBeOwned.exec(message)?.[1]
  if (owned !== undefined) return { verb: 'delete', resource: owned, namespace: null }
  if (!toBlock.test(message)) return null
  return { verb: 'update', resource: 'mdksites.mdk.io/finalizers and mdkworkers.mdk.io/finalizers', namespace: null }
}

/** What is missing, and what to do. */
export function formatMissingRight({ verb, resource, namespace }: MissingRight): string {
  const where = namespace === null ? '' : ` in namespace ${namespace}`
  return (
    `the operator may not ${verb} ${resource}${where}; its role is not the one of this release: ` +
    'apply manifests/install.yaml again, or upgrade the Helm release'
  )
}

function spell(resource: string, group: string): string {
  const [plural = '', ...subresource] = resource.split('/')
  return [group === '' ? plural : `${plural}.${group}`, ...subresource].join('/')
}
