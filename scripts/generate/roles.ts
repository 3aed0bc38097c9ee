import { group, kinds } from '../../operator/src/api/group.ts'
import {
  type Permission,
  type PermissionBlock,
  permissions,
  type Verb,
  verbs,
} from '../../operator/src/controllers/permissions.ts'

export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * The rules of a role that holds all permissions of one place: one rule for each group and set of verbs, sorted, each
 * resource named once.
 */
export function rulesOf(where: PermissionBlock['where']): readonly PolicyRule[] {
  const granted = permissions.filter((block) => block.where === where).flatMap((block) => block.permissions)
  const rules = new Map<string, { apiGroups: string[]; resources: string[]; verbs: readonly Verb[] }>()
  for (const permission of mergeVerbs(granted)) {
    const key = `${permission.group} ${permission.verbs.join()}`
    const rule = rules.get(key)
    if (rule === undefined) {
      rules.set(key, { apiGroups: [permission.group], resources: [permission.resource], verbs: permission.verbs })
    } else {
      rule.resources.push(permission.resource)
    }
  }
  return [...rules.values()]
}

type Grant = Pick<Permission, 'group' | 'resource' | 'verbs'>

function mergeVerbs(granted: readonly Permission[]): Grant[] {
  const grants = new Map<string, Grant>()
  for (const { group: apiGroup, resource, verbs: more } of granted) {
    const key = `${apiGroup}/${resource}`
    const known = grants.get(key)?.verbs ?? []
    grants.set(key, {
      group: apiGroup,
      resource,
      verbs: verbs.filter((verb) => known.includes(verb) || more.includes(verb)),
    })
  }
  return [...grants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant)
}

const plurals = Object.values(kinds)
  .map(({ plural }) => plural)
  .sort()

/** Who may read in a namespace may read its sites, workers and racks. */
export const viewRules: readonly PolicyRule[] = [
  { apiGroups: [group], resources: plurals, verbs: ['get', 'list', 'watch'] },
]

/** Who may edit in a namespace may edit its sites, workers and racks. */
export const editRules: readonly PolicyRule[] = [
  { apiGroups: [group], resources: plurals, verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
]
