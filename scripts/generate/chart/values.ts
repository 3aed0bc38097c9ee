import { logLevels } from '../../../operator/src/log.ts'
import { operatorContainer, operatorPod } from '../install.ts'
import {
  closed,
  envVar,
  filledText,
  flag,
  kubernetesObject,
  listOf,
  networkPeer,
  oneOf,
  resourceRequirements,
  text,
  textMap,
  toleration,
  wholeNumber,
} from './schemas.ts'
import type { Value } from './value.ts'

const pod = operatorPod()
const container = operatorContainer()

/** Whose sites an operator looks after. The templates know the same three. */
const scopes = ['cluster', 'namespaces', 'own'] as const

/** All settings of the chart, in the order of values.yaml. Defaults are those of the plain install. */
export const values: readonly Value[] = [
  ...scopeValues(),
  ...imageValues(),
  ...podValues(),
  ...schedulingValues(),
  ...accessValues(),
  ...crdValues(),
  ...metricsValues(),
  ...networkValues(),
]

function scopeValues(): Value[] {
  return [
    {
      path: 'scope.mode',
      default: 'cluster',
      description:
        "Whose sites are looked after. `cluster`: those of every namespace, with a ClusterRole. `namespaces`: those of `scope.namespaces`, with a Role in each. `own`: those of the release's namespace, with Roles only.",
      schema: oneOf(...scopes),
    },
    {
      path: 'scope.namespaces',
      default: [],
      description: 'The namespaces of `scope.mode: namespaces`. They must be there when the chart is installed.',
      schema: { ...listOf({ type: 'string', minLength: 1, maxLength: 63 }), uniqueItems: true },
    },
  ]
}

function imageValues(): Value[] {
  const image = (path: string, repository: string, what: string): Value[] => [
    {
      path: `${path}.repository`,
      default: repository,
      description: `${what}, with its registry, such as \`registry.example.com/mdk/${repository}\`.`,
      schema: filledText,
    },
    { path: `${path}.tag`, default: '', description: 'Tag; the version of the chart if empty.', schema: text },
    {
      path: `${path}.digest`,
      default: '',
      description: 'Digest, such as `sha256:…`. It goes before the tag.',
      schema: text,
    },
  ]
  return [
    ...image('image', 'mdk-operator', 'Image of the operator'),
    {
      path: 'image.pullPolicy',
      default: container.imagePullPolicy,
      description: "When the operator's image is pulled. Pods of sites always have `IfNotPresent`.",
      schema: oneOf('Always', 'IfNotPresent', 'Never'),
    },
    ...image('runtimeImage', 'mdk-runtime', 'Image of ORK, workers, App Node and DHT nodes of every site'),
    {
      path: 'imagePullSecrets',
      default: [],
      description:
        "Secrets with which the operator's image is pulled, such as `[{name: registry}]`. For a private runtime image, add the Secret to the `default` ServiceAccount of each site's namespace.",
      schema: listOf(closed({ name: filledText }, 'name')),
    },
  ]
}

function podValues(): Value[] {
  return [
    {
      path: 'replicas',
      default: 1,
      description:
        'Replicas of the operator. One works, the others stand by with their caches filled. 0 stops it; sites go on as they are.',
      schema: wholeNumber(0, 9),
    },
    {
      path: 'logLevel',
      default: 'info',
      description: `What the operator writes to its log: ${logLevels.map((level) => `\`${level}\``).join(', ')}.`,
      schema: oneOf(...logLevels),
    },
    {
      path: 'clusterDomain',
      default: '',
      description: 'DNS domain of the cluster; `cluster.local` if empty.',
      schema: text,
    },
    {
      path: 'resources',
      default: container.resources,
      description: 'Requests and limits of the operator. Memory grows with the number of devices.',
      schema: resourceRequirements,
    },
    {
      path: 'extraEnv',
      default: [],
      description: 'More environment variables of the operator, such as those of an HTTP proxy.',
      schema: listOf(envVar),
    },
    { path: 'podLabels', default: {}, description: "More labels of the operator's pods.", schema: textMap },
    { path: 'podAnnotations', default: {}, description: "Annotations of the operator's pods.", schema: textMap },
    {
      path: 'podSecurityContext',
      default: pod.securityContext,
      description: 'Security context of the pod. As it is, it satisfies the `restricted` Pod Security Standard.',
      schema: kubernetesObject,
    },
    {
      path: 'securityContext',
      default: container.securityContext,
      description: 'Security context of the container. As it is, it satisfies the `restricted` Pod Security Standard.',
      schema: kubernetesObject,
    },
  ]
}

function schedulingValues(): Value[] {
  const scheduling = "of the operator's pods"
  return [
    {
      path: 'nodeSelector',
      default: {},
      description: 'Labels that a node must have to run the operator.',
      schema: textMap,
    },
    { path: 'tolerations', default: [], description: `Tolerations ${scheduling}.`, schema: listOf(toleration) },
    { path: 'affinity', default: {}, description: `Affinity ${scheduling}.`, schema: kubernetesObject },
    {
      path: 'topologySpreadConstraints',
      default: [],
      description: `Topology spread constraints ${scheduling}.`,
      schema: listOf(kubernetesObject),
    },
    { path: 'priorityClassName', default: '', description: `Priority class ${scheduling}.`, schema: text },
    {
      path: 'podDisruptionBudget.enabled',
      default: false,
      description:
        'Whether a PodDisruptionBudget keeps replicas while nodes are drained. Sensible from two replicas on.',
      schema: flag,
    },
    {
      path: 'podDisruptionBudget.maxUnavailable',
      default: 1,
      description: 'How many replicas may be away at once, as a number or a share such as `50%`.',
      schema: { type: ['integer', 'string'] },
    },
  ]
}

function accessValues(): Value[] {
  return [
    {
      path: 'serviceAccount.create',
      default: true,
      description: 'Whether the chart makes the ServiceAccount.',
      schema: flag,
    },
    {
      path: 'serviceAccount.name',
      default: 'mdk-operator',
      description: 'Name of the ServiceAccount that the operator runs as, whoever makes it.',
      schema: filledText,
    },
    {
      path: 'serviceAccount.annotations',
      default: {},
      description: 'Annotations of the ServiceAccount.',
      schema: textMap,
    },
    {
      path: 'rbac.create',
      default: true,
      description:
        'Whether the chart makes the roles of the operator and binds them. Without, bind what `docs/reference/rbac.md` lists.',
      schema: flag,
    },
    {
      path: 'rbac.aggregate',
      default: true,
      description:
        'Whether those who may view or edit a namespace may do so with its sites, workers and racks. These are ClusterRoles, so they come with `scope.mode: cluster` only.',
      schema: flag,
    },
  ]
}

function crdValues(): Value[] {
  return [
    {
      path: 'crds.enabled',
      default: true,
      description: 'Whether the chart installs and upgrades the CRDs. One release of a cluster should.',
      schema: flag,
    },
    {
      path: 'crds.keep',
      default: true,
      description:
        'Whether the CRDs, and with them every site, outlive `helm uninstall`. Without, uninstalling deletes all sites of the cluster.',
      schema: flag,
    },
  ]
}

function metricsValues(): Value[] {
  return [
    {
      path: 'metrics.enabled',
      default: true,
      description: 'Whether there is a Service for the metrics of the operator.',
      schema: flag,
    },
    {
      path: 'metrics.serviceMonitor.enabled',
      default: false,
      description: 'Whether there is a ServiceMonitor. It needs the CRDs of the Prometheus operator.',
      schema: flag,
    },
    {
      path: 'metrics.serviceMonitor.labels',
      default: {},
      description: 'More labels of the ServiceMonitor, as your Prometheus selects by.',
      schema: textMap,
    },
    {
      path: 'metrics.serviceMonitor.interval',
      default: '',
      description: "How often Prometheus asks, such as `30s`; Prometheus' own interval if empty.",
      schema: text,
    },
  ]
}

function networkValues(): Value[] {
  return [
    {
      path: 'networkPolicy.enabled',
      default: false,
      description: 'Whether a NetworkPolicy lets the operator reach DNS, the API server and ORKs, and nothing else.',
      schema: flag,
    },
    {
      path: 'networkPolicy.metricsFrom',
      default: [],
      description: 'Who may read metrics, as peers of a NetworkPolicy; anybody if empty.',
      schema: listOf(networkPeer),
    },
    {
      path: 'networkPolicy.apiServer.ports',
      default: [443, 6443],
      description: 'TCP ports of the API server, those behind its Service.',
      schema: { ...listOf(wholeNumber(1, 65_535)), minItems: 1 },
    },
    {
      path: 'networkPolicy.apiServer.to',
      default: [],
      description: 'Where the API server is, as peers of a NetworkPolicy; anywhere if empty.',
      schema: listOf(networkPeer),
    },
  ]
}
