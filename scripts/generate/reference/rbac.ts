import { type PermissionBlock, permissions } from '../../../operator/src/controllers/permissions.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

const places: Readonly<Record<PermissionBlock['where'], string>> = {
  watched: 'ClusterRole `mdk-operator`',
  own: 'Role `mdk-operator` in the namespace of the operator',
  outside: 'Not part of the install: needed only by an operator that runs outside the cluster',
}

/** What the operator may do, and why. */
export function formatRbac(): string {
  return formatPage(
    'What the operator may do',
    '`operator/src/controllers/permissions.ts`',
    'Besides, the install gives whoever has the roles `view` or `edit` in a namespace the same over its sites, workers and racks (ClusterRoles `mdk-view` and `mdk-edit`). Pods of a site have no token of the API server at all.',
    ...permissions.map(formatBlock),
  )
}

function formatBlock({ who, where, permissions: granted }: PermissionBlock): string {
  const rows = granted.map(({ group, resource, verbs, reason }) => [
    code(placeOf(group, resource)),
    verbs.join(', '),
    reason,
  ])
  return `## ${who}\n\n${places[where]}.\n\n${formatTable(['resource', 'verbs', 'why'], rows)}`
}

/** As `kubectl` spells it: `deployments.apps`, `mdksites.mdk.io/status`. */
function placeOf(group: string, resource: string): string {
  const [plural = '', ...subresource] = resource.split('/')
  return [group === '' ? plural : `${plural}.${group}`, ...subresource].join('/')
}
