// The pod of every process of a site. Invariants:
//   P1 it passes the restricted Pod Security Standard
//   P2 it holds no token of the API server
//   P3 a file comes as a folder that is mounted whole, so that a change reaches the process (never subPath)
//   P4 its template changes only when what the process reads at start changes
import {
  appNodePort,
  defaultConfigDir,
  defaultStateDir,
  dhtPort,
  env,
  type Folder,
  folders,
  foldersOf,
  type Service,
  statusPaths,
  statusPort,
} from '../../../runtime/src/contract/index.ts'
import type { Container, PodSpec, Volume } from '../kube/types.ts'

/** Numeric, so that runAsNonRoot can be checked without looking into the image. */
const runtimeUser = 10001
/** Readable for the pod's group and nobody else; 0400 would be root's alone. */
const fileMode = 0o440

/** Where the content of a folder comes from. */
export type FolderSource = { readonly secret: string } | { readonly configMap: string }

export interface OperandPod {
  readonly service: Exclude<Service, 'simulator'>
  readonly image: string
  readonly env: Readonly<Record<string, string>>
  /** A source for each folder that the service reads. */
  readonly sources: Readonly<Partial<Record<Folder, FolderSource>>>
  /** What the state folder is, for a service that keeps something. */
  readonly state: Omit<Volume, 'name'> | null
  readonly memory: { readonly request: string; readonly limit: string }
  readonly cpuRequest: string
  readonly stopSeconds: number
}

/** The pod's spec, to which a controller adds names and affinity. */
export function operandPod(pod: OperandPod): PodSpec {
  const mounted = foldersOf[pod.service].map((folder) => ({ folder, source: sourceOf(pod, folder) }))
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: runtimeUser,
      runAsGroup: runtimeUser,
      fsGroup: runtimeUser,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationGracePeriodSeconds: pod.stopSeconds,
    containers: [operandContainer(pod)],
    volumes: [
      ...mounted.map(({ folder, source }) => ({ name: folder, ...volumeSource(source) })),
      ...(pod.state === null ? [] : [{ name: 'state', ...pod.state }]),
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ],
  }
}

function operandContainer(pod: OperandPod): Container {
  return {
    name: pod.service,
    image: pod.image,
    imagePullPolicy: 'IfNotPresent',
    env: [
      { name: env.service, value: pod.service },
      { name: env.podIp, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      ...Object.entries(pod.env).map(([name, value]) => ({ name, value })),
    ],
    ports: [
      { name: 'dht', containerPort: dhtPort, protocol: 'UDP' },
      { name: 'status', containerPort: statusPort, protocol: 'TCP' },
      ...(pod.service === 'app-node' ? [{ name: 'http', containerPort: appNodePort, protocol: 'TCP' }] : []),
    ],
    ...probes,
    resources: {
      requests: { cpu: pod.cpuRequest, memory: pod.memory.request },
      limits: { memory: pod.memory.limit },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      ...foldersOf[pod.service].map((folder) => ({
        name: folder,
        mountPath: `${defaultConfigDir}/${folders[folder]}`,
        readOnly: true,
      })),
      ...(pod.state === null ? [] : [{ name: 'state', mountPath: defaultStateDir }]),
      { name: 'tmp', mountPath: '/tmp' },
    ],
  }
}

/** The startup probe asks often, so that a pod counts as ready within a second of being so. */
const probes: Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> = {
  startupProbe: { ...httpGet(statusPaths.live), periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 },
  readinessProbe: { ...httpGet(statusPaths.ready), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
  livenessProbe: { ...httpGet(statusPaths.live), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
}

function httpGet(path: string) {
  return { httpGet: { path, port: statusPort, scheme: 'HTTP' }, successThreshold: 1 }
}

function sourceOf(pod: OperandPod, folder: Folder): FolderSource {
  const source = pod.sources[folder]
  if (source === undefined) throw new Error(`no source for the folder ${folder} of ${pod.service}`)
  return source
}

function volumeSource(source: FolderSource): Omit<Volume, 'name'> {
  return 'secret' in source
    ? { secret: { secretName: source.secret, defaultMode: fileMode } }
    : { configMap: { name: source.configMap, defaultMode: fileMode } }
}
