import { labels } from '../../operator/src/api/group.ts'
import { statusPaths, statusPort } from '../../runtime/src/contract/index.ts'
import { editRules, rulesOf, viewRules } from './roles.ts'

const namespace = 'mdk-system'
const name = 'mdk-operator'
const selector = { [labels.name]: 'mdk', [labels.component]: 'operator' }
/** Numeric, so that runAsNonRoot can be checked without looking into the image. */
const user = 10001

const meta = (own: string, more: Readonly<Record<string, string>> = {}) => ({
  name: own,
  labels: { ...selector, ...more },
})
const here = (own: string) => ({ ...meta(own), namespace })

/** Everything of the plain install but the CRDs, in the order in which it is applied. */
export function desiredInstall(crds: readonly unknown[]): readonly unknown[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: meta(namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    },
    ...crds,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: here(name) },
    ...desiredRoles(),
    desiredDeployment(),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: here(name),
      spec: { selector, ports: [{ name: 'metrics', port: statusPort, targetPort: 'metrics' }] },
    },
  ]
}

function desiredRoles(): readonly unknown[] {
  const rbac = 'rbac.authorization.k8s.io'
  const apiVersion = `${rbac}/v1`
  const subjects = [{ kind: 'ServiceAccount', name, namespace }]
  const refTo = (kind: string) => ({ apiGroup: rbac, kind, name })
  const aggregated = (suffix: string) => meta(`mdk-${suffix}`, { [`${rbac}/aggregate-to-${suffix}`]: 'true' })
  return [
    { apiVersion, kind: 'ClusterRole', metadata: meta(name), rules: rulesOf('watched') },
    { apiVersion, kind: 'ClusterRoleBinding', metadata: meta(name), roleRef: refTo('ClusterRole'), subjects },
    { apiVersion, kind: 'Role', metadata: here(name), rules: rulesOf('own') },
    { apiVersion, kind: 'RoleBinding', metadata: here(name), roleRef: refTo('Role'), subjects },
    { apiVersion, kind: 'ClusterRole', metadata: aggregated('view'), rules: viewRules },
    { apiVersion, kind: 'ClusterRole', metadata: aggregated('edit'), rules: editRules },
  ]
}

function desiredDeployment() {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: here(name),
    spec: {
      replicas: 1,
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: selector }, spec: { ...operatorPod(), containers: [operatorContainer()] } },
    },
  }
}

/** The operator's pod but for its containers. */
export function operatorPod() {
  return {
    serviceAccountName: name,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationGracePeriodSeconds: 30,
  }
}

export function operatorContainer() {
  return {
    name: 'operator',
    image: 'mdk-operator:dev',
    imagePullPolicy: 'IfNotPresent',
    env: desiredEnv(),
    ports: [{ name: 'metrics', containerPort: statusPort, protocol: 'TCP' }],
    startupProbe: { ...probe(statusPaths.live), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe(statusPaths.ready), periodSeconds: 2, failureThreshold: 3 },
    livenessProbe: { ...probe(statusPaths.live), periodSeconds: 10, failureThreshold: 3 },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  }
}

function probe(path: string) {
  return { httpGet: { path, port: 'metrics' }, timeoutSeconds: 5 }
}

function desiredEnv() {
  const field = (own: string, fieldPath: string) => ({ name: own, valueFrom: { fieldRef: { fieldPath } } })
  return [
    // The image of every process of a site.
    { name: 'MDK_RUNTIME_IMAGE', value: 'mdk-runtime:dev' },
    { name: 'MDK_LEADER_ELECTION', value: 'true' },
    { name: 'LOG_LEVEL', value: 'info' },
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
  ]
}
