/**
 * All that the operator may do, by who does it and why. `manifests/install.yaml` and docs/reference/rbac.md are made
 * of it. Nothing is granted that no code does: a test takes each verb away and sees it missed.
 */
import { group, kinds } from '../api/group.ts'

/** In the order in which roles list them. */
export const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const
export type Verb = (typeof verbs)[number]

export interface Permission {
  /** API group; '' is the core group. */
  readonly group: string
  /** Plural, with a subresource after a slash. */
  readonly resource: string
  readonly verbs: readonly Verb[]
  readonly reason: string
}

export interface PermissionBlock {
  readonly who: string
  /** `watched`: in every namespace that is watched. `own`: in the operator's namespace. `outside`: only to an operator that runs outside the cluster. */
  readonly where: 'watched' | 'own' | 'outside'
  readonly permissions: readonly Permission[]
}

const follow = ['list', 'watch'] as const
/** What a cache hasn't is looked for before anything follows from its absence. */
const read = ['get', ...follow] as const
/** Server-side apply makes an object with `patch`, and is asked for `create` too if there is none yet. */
const apply = [...read, 'create', 'patch'] as const

const { site, worker, rack } = kinds

function ownKind(plural: string, reason: string): Permission[] {
  return [
    { group, resource: plural, verbs: follow, reason },
    { group, resource: `${plural}/status`, verbs: ['patch'], reason: 'Write its status.' },
  ]
}

function ownedBy(plural: string): Permission {
  return {
    group,
    resource: `${plural}/finalizers`,
    verbs: ['update'],
    reason:
      'Be named as an owner that blocks deletion: clusters with OwnerReferencesPermissionEnforcement (OpenShift) ask for it. No finalizer is ever set.',
  }
}

/** Blocks by name, rules by group and resource. */
export const permissions: readonly PermissionBlock[] = [
  {
    who: 'engine',
    where: 'watched',
    permissions: [
      {
        group: 'events.k8s.io',
        resource: 'events',
        verbs: ['create', 'patch'],
        reason: 'Tell what was done; a repeated event is counted up.',
      },
    ],
  },
  {
    who: 'leader election',
    where: 'own',
    permissions: [
      {
        group: 'coordination.k8s.io',
        resource: 'leases',
        verbs: ['get', 'create', 'update'],
        reason: 'One of the replicas works, the others wait.',
      },
    ],
  },
  {
    who: 'ork link',
    where: 'outside',
    permissions: [
      {
        group: '',
        resource: 'services/proxy',
        verbs: ['get'],
        reason: "Read ORK's status stream through the API server, where its Service can't be reached.",
      },
    ],
  },
  {
    who: 'rack controller',
    where: 'watched',
    permissions: [
      ...ownKind(rack.plural, 'Know what stands where.'),
      { group, resource: site.plural, verbs: follow, reason: 'Know whether the site of a rack is there.' },
      { group, resource: worker.plural, verbs: follow, reason: 'Know which worker serves a device.' },
    ],
  },
  {
    who: 'site controller',
    where: 'watched',
    permissions: [
      { group: '', resource: 'configmaps', verbs: apply, reason: 'Publish the roster and where the processes meet.' },
      {
        group: '',
        resource: 'persistentvolumeclaims',
        verbs: apply,
        reason: "Claim the volume of ORK's store, and grow it.",
      },
      {
        group: '',
        resource: 'persistentvolumeclaims',
        verbs: ['delete'],
        reason:
          'Give the volume to its site or take it away, as deletionPolicy says: clusters with OwnerReferencesPermissionEnforcement (OpenShift) ask for it. The operator deletes none.',
      },
      {
        group: '',
        resource: 'pods',
        verbs: [...follow, 'patch'],
        reason: 'See which are ready; touch an annotation, so that the kubelet refreshes mounted files at once.',
      },
      {
        group: '',
        resource: 'secrets',
        verbs: apply,
        reason: 'Make topic, keys and tokens once, and copy those that the spec refers to.',
      },
      { group: '', resource: 'services', verbs: apply, reason: 'Name ORK, App Node, DHT nodes and workers in DNS.' },
      { group: 'apps', resource: 'deployments', verbs: apply, reason: 'Run ORK and App Node.' },
      { group: 'apps', resource: 'statefulsets', verbs: apply, reason: 'Run the DHT nodes.' },
      ownedBy(site.plural),
      ...ownKind(site.plural, 'Know what a site should be.'),
      { group, resource: rack.plural, verbs: follow, reason: 'Count declared devices.' },
      { group, resource: worker.plural, verbs: follow, reason: 'Know who belongs on the roster.' },
      {
        group: 'networking.k8s.io',
        resource: 'networkpolicies',
        verbs: apply,
        reason: 'Let only processes of the site speak with each other.',
      },
      {
        group: 'policy',
        resource: 'poddisruptionbudgets',
        verbs: apply,
        reason: 'Keep two of three DHT nodes while nodes are drained.',
      },
    ],
  },
  {
    who: 'worker controller',
    where: 'watched',
    permissions: [
      {
        group: '',
        resource: 'pods',
        verbs: [...follow, 'patch'],
        reason: 'See which are ready; touch an annotation, so that the kubelet refreshes mounted files at once.',
      },
      {
        group: '',
        resource: 'secrets',
        verbs: [...apply, 'delete'],
        reason: 'Make the key and the device list of each shard; delete those of a shard that is no more.',
      },
      {
        group: 'apps',
        resource: 'deployments',
        verbs: [...apply, 'delete'],
        reason: 'Run each shard; delete one that has no device any more.',
      },
      { group, resource: rack.plural, verbs: follow, reason: 'Know the devices to serve.' },
      { group, resource: site.plural, verbs: read, reason: 'Know the site to join.' },
      ownedBy(worker.plural),
      ...ownKind(worker.plural, 'Know what a worker should serve.'),
      {
        group,
        resource: worker.plural,
        verbs: ['get'],
        reason:
          'See that it is still there before anything is made for it: what it owned goes while caches still show it.',
      },
    ],
  },
]
