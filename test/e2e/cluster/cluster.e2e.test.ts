import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildImage } from './build-image.ts'
import { runCommand } from './command.ts'
import { type Cluster, ensureCluster, ownKubeconfig } from './kind-cluster.ts'
import { ensureOwnProgram, findKubectl } from './programs.ts'
import { terminalProgress } from './progress.ts'

/** What the project relies on in any cluster that it is tested on, whichever node image that is made from. */

const IMAGE = 'mdk-cluster/probe:v1'
const NAMESPACE = `cluster-proof-${process.pid}`
const progress = terminalProgress()
let cluster: Cluster
let kubectlPath: string

beforeAll(async () => {
  cluster = await ensureCluster({ name: 'mdk-e2e', kubeconfig: ownKubeconfig('mdk-e2e'), progress })
  const found = await findKubectl()
  if (found === undefined) throw new Error('kubectl is not on PATH')
  kubectlPath = found
  const probe = await ensureOwnProgram('probe', progress)
  const file = join(import.meta.dirname, 'programs/probe/Dockerfile')
  await buildImage(cluster.docker, { target: 'probe', tag: IMAGE, context: dirname(probe.path), file })
  await cluster.load([IMAGE])
  await kubectl(['create', 'namespace', NAMESPACE])
  // The default account comes a moment after its namespace, and pods need it.
  await kubectl(['wait', '--for=create', 'serviceaccount/default', '--timeout=30s'])
  await kubectl(['apply', '-f', '-'], JSON.stringify(proofObjects()))
  await kubectl(['rollout', 'status', 'statefulset/peer', '--timeout=120s'])
  await kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s'])
})

afterAll(() => kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']))

async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const scope = ['--kubeconfig', cluster.kubeconfig, '--context', cluster.context, '-n', NAMESPACE]
  return (await runCommand(kubectlPath, [...scope, ...args], { input, timeoutMs: 150_000 })).stdout
}

const inPeer0 = (...args: string[]) => kubectl(['exec', 'peer-0', '--', '/probe', ...args])
const read = (what: string, path: string) => kubectl(['get', ...what.split(' '), '-o', `jsonpath={${path}}`])
const podIp = (name: string) => read(`pod ${name}`, '.status.podIP')

test('every node is Ready', async () => {
  const states = await read('nodes', '.items[*].status.conditions[?(@.type=="Ready")].status')
  expect(states.split(' ').every((state) => state === 'True')).toBe(true)
})

describe('names', () => {
  test('a pod of a StatefulSet has a name of its own below the headless Service', async () => {
    const address = await podIp('peer-1')
    expect(await inPeer0('dns', 'peer-1.peers')).toBe(`[${address}]\n`)
    expect(await inPeer0('dns', `peer-1.peers.${NAMESPACE}.svc.cluster.local`)).toBe(`[${address}]\n`)
  })

  test('a Service has a name', async () => {
    expect(await inPeer0('dns', 'web')).toBe(`[${await read('service web', '.spec.clusterIP')}]\n`)
  })
})

describe('traffic between pods', () => {
  test('a UDP datagram arrives with the sending pod as its source', async () => {
    const source = await podIp('peer-0')
    expect(await inPeer0('udp', `${await podIp('peer-1')}:9000`)).toContain(`peer-1 saw ${source}:`)
    expect(await inPeer0('udp', 'peer-1.peers:9000')).toContain(`peer-1 saw ${source}:`)
  })

  test('a TCP connection through a Service arrives with the calling pod as its source', async () => {
    const source = await podIp('peer-0')
    expect(await inPeer0('http', 'http://web/')).toMatch(new RegExp(`^web-.* saw ${source.replaceAll('.', '\\.')}:`))
  })

  test('a pod reaches itself through its Service', async () => {
    for (let i = 0; i < 4; i++)
      expect(await kubectl(['exec', 'deploy/web', '--', '/probe', 'http', 'http://web/'])).toContain('saw')
  })
})

test('an image that shares layers with a loaded one is loaded, runs, and is not loaded again', async () => {
  const tag = `mdk-cluster/probe:${NAMESPACE}`
  await cluster.docker.run(['build', '-t', tag, '-'], { input: `FROM ${IMAGE}\nENV FOR=${NAMESPACE}\n` })
  await cluster.load([tag])
  await kubectl([
    'run',
    'once',
    '--restart=Never',
    '--image-pull-policy=Never',
    `--image=${tag}`,
    '--',
    'dns',
    'localhost',
  ])
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/once', '--timeout=30s'])
  const loads = () => progress.times().filter(({ title }) => title.includes(tag)).length
  await cluster.load([tag])
  expect(loads()).toBe(1)
  await cluster.docker.run(['image', 'rm', tag])
})

test('logs are those of the pod', async () => {
  expect(await kubectl(['logs', 'peer-0'])).toContain('probe is up on peer-0')
})

test('port-forward leads from this machine to the pod', async () => {
  const args = ['--kubeconfig', cluster.kubeconfig, '-n', NAMESPACE, 'port-forward', 'pod/peer-0', ':8080']
  const forward = spawn(kubectlPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [said] = (await once(forward.stdout.setEncoding('utf8'), 'data')) as [string]
    const port = /127\.0\.0\.1:(\d+)/.exec(said)?.[1] ?? ''
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('peer-0 saw')
  } finally {
    forward.kill()
  }
})

test('a volume keeps its files when its pod is replaced, for a user that is not root', async () => {
  await inPeer0('write', '/data/mark')
  const before = await read('pod peer-0', '.metadata.uid')
  await kubectl(['delete', 'pod', 'peer-0', '--wait=true'])
  await kubectl(['rollout', 'status', 'statefulset/peer', '--timeout=60s'])
  expect(await read('pod peer-0', '.metadata.uid')).not.toBe(before)
  expect(await inPeer0('read', '/data/mark')).toBe('kept')
})

test('the volume of a removed claim is removed', async () => {
  const volume = await read('pvc data-peer-1', '.spec.volumeName')
  await kubectl(['delete', 'statefulset', 'peer', '--wait=true'])
  await kubectl(['delete', 'pvc', 'data-peer-1', '--wait=false'])
  await kubectl(['wait', '--for=delete', `pv/${volume}`, '--timeout=60s'])
})

function proofObjects(): object {
  const probe = { name: 'probe', image: IMAGE, imagePullPolicy: 'Never' }
  const labelled = (app: string) => ({ metadata: { labels: { app } } })
  const selector = (app: string) => ({ selector: { matchLabels: { app } } })
  const data = { name: 'data', mountPath: '/data' }
  const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } }
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'peers' },
      spec: { clusterIP: 'None', selector: { app: 'peer' }, ports: [{ name: 'http', port: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'peer' },
      spec: {
        ...selector('peer'),
        serviceName: 'peers',
        replicas: 2,
        podManagementPolicy: 'Parallel',
        template: {
          ...labelled('peer'),
          spec: {
            terminationGracePeriodSeconds: 1,
            securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 },
            containers: [{ ...probe, readinessProbe, volumeMounts: [data] }],
          },
        },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        ...selector('web'),
        replicas: 2,
        template: {
          ...labelled('web'),
          spec: { terminationGracePeriodSeconds: 1, containers: [{ ...probe, readinessProbe }] },
        },
      },
    },
  ]
  return { apiVersion: 'v1', kind: 'List', items }
}
