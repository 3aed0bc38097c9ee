import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { forward } from '../support/app-node.ts'
import { makeNamespace, run } from '../support/kube.ts'
import { loadProbe, restrictedPod } from '../support/probe.ts'
import { findDocker } from './docker.ts'
import { lookAtCluster, openKindCluster } from './kind-cluster.ts'
import { terminalProgress } from './progress.ts'

/** What the project relies on in any cluster that it is tested on, whichever node image that is made from. */

const NAMESPACE = 'e2e-cluster'
const progress = terminalProgress()
const name = inject('context').replace(/^kind-/, '')
let image: string

beforeAll(async () => {
  image = await loadProbe()
  await makeNamespace(NAMESPACE)
  // The default account comes a moment after its namespace, and pods need it.
  await kubectl(['wait', '--for=create', 'serviceaccount/default', '--timeout=30s'])
  await kubectl(['apply', '-f', '-'], JSON.stringify(proofObjects()))
  await kubectl(['rollout', 'status', 'statefulset/peer', '--timeout=120s'])
  await kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s'])
})

afterAll(() => kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']))

const kubectl = (args: readonly string[], input?: string) => run(['-n', NAMESPACE, ...args], input)
const inPeer0 = (...args: string[]) => kubectl(['exec', 'peer-0', '--', '/probe', ...args])
const read = (what: string, path: string) => kubectl(['get', ...what.split(' '), '-o', `jsonpath={${path}}`])
const podIp = (name: string) => read(`pod ${name}`, '.status.podIP')

test('every node is Ready', async () => {
  const states = await read('nodes', '.items[*].status.conditions[?(@.type=="Ready")].status')
  expect(states.split(' ').every((state) => state === 'True')).toBe(true)
})

test('it is seen to run, and one that nobody made is not seen', async () => {
  expect(await lookAtCluster({ name })).toBe('complete')
  expect(await lookAtCluster({ name: `${name}-other` })).toBe('absent')
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
  const docker = await findDocker()
  if (docker === undefined) throw new Error('Docker does not answer')
  const cluster = await openKindCluster({ name, docker, progress })
  const tag = `mdk-cluster/probe:${process.pid}`
  await docker.run(['build', '-t', tag, '-'], { input: `FROM ${image}\nENV FOR=${tag}\n` })
  await cluster.load([tag])
  const once = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'once' } }
  const spec = { ...restrictedPod({ image: tag, args: ['dns', 'localhost'] }), restartPolicy: 'Never' }
  await kubectl(['apply', '-f', '-'], JSON.stringify({ ...once, spec }))
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/once', '--timeout=30s'])
  const loads = () => progress.times().filter(({ title }) => title.includes(tag)).length
  await cluster.load([tag])
  expect(loads()).toBe(1)
  await docker.run(['image', 'rm', tag])
})

test('logs are those of the pod', async () => {
  expect(await kubectl(['logs', 'peer-0'])).toContain('probe is up on peer-0')
})

test('port-forward leads from this machine to the pod', async () => {
  const { url, close } = await forward(NAMESPACE, 'pod/peer-0', 8080)
  try {
    expect(await (await fetch(url)).text()).toContain('peer-0 saw')
  } finally {
    close()
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
          spec: restrictedPod({ image, readinessProbe, volumeMounts: [data] }),
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
          spec: restrictedPod({ image, readinessProbe }),
        },
      },
    },
  ]
  return { apiVersion: 'v1', kind: 'List', items }
}
