import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Forward, forward } from '../support/app-node.ts'
import { makeNamespace, run } from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { loadProbe, restrictedPod } from '../support/probe.ts'

/**
 * What NetworkPolicies mean, on whichever node image the cluster is made from. `web` and `client` are pods of one namespace,
 * `other` is in another one that is labelled `team: blue`, and labelled as `client` is. Each case says which links stay
 * open; all others must be shut. The next case finds open again what the last one shut.
 */

const home = 'e2e-policy'
const away = 'e2e-policy-away'

interface Place {
  readonly namespace: string
  readonly pod: string
}
const pods = {
  web: { namespace: home, pod: 'web' },
  client: { namespace: home, pod: 'client' },
  other: { namespace: away, pod: 'other' },
} as const satisfies Record<string, Place>
type PodName = keyof typeof pods
const podNames = ['web', 'client', 'other'] as const satisfies readonly PodName[]

/** Every link that is tried: who asks whom. */
const links = [
  'client > web tcp/8080',
  'client > web tcp/8081',
  'client > web udp/9000',
  'client > web by its Service',
  'other > web tcp/8080',
  'other > web udp/9000',
  'web > client tcp/8080',
  'web > client udp/9000',
  'web > other tcp/8080',
  'web > itself by its Service',
  'web > API server',
] as const
type Link = (typeof links)[number]
const toWeb = links.filter((link) => link.includes('> web'))
const fromWeb = links.filter((link) => link.startsWith('web >'))
const itself: Link = 'web > itself by its Service'

const addresses = new Map<string, string>()
/** Into each pod, whatever policies say. */
const ways = new Map<PodName, Forward>()
/** Behind its Service. */
let apiServer: { address: string; port: number }

beforeAll(async () => {
  const image = await loadProbe()
  await Promise.all([makeNamespace(home), makeNamespace(away)])
  await run(['label', 'namespace', away, 'team=blue'])
  await run(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: proofObjects(image) }))
  for (const name of podNames) {
    const { namespace, pod } = pods[name]
    await run(['-n', namespace, 'wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s'])
    addresses.set(name, await run(['-n', namespace, 'get', 'pod', pod, '-o', 'jsonpath={.status.podIP}']))
  }
  for (const name of podNames) ways.set(name, await forward(pods[name].namespace, `pod/${pods[name].pod}`, 8080))
  const serviceIp = ['-o', 'jsonpath={.spec.clusterIP}']
  addresses.set('service', await run(['-n', home, 'get', 'service', 'web', ...serviceIp]))
  addresses.set('kubernetes', await run(['-n', 'default', 'get', 'service', 'kubernetes', ...serviceIp]))
  const path = '{.items[0].endpoints[0].addresses[0]} {.items[0].ports[0].port}'
  const slices = ['get', 'endpointslices', '-l', 'kubernetes.io/service-name=kubernetes', '-o', `jsonpath=${path}`]
  const [address = '', port = ''] = (await run(['-n', 'default', ...slices])).split(' ')
  apiServer = { address, port: Number(port) }
  await untilOpen(links)
})

afterAll(async () => {
  for (const way of ways.values()) way.close()
  await run(['delete', 'namespace', home, away, '--wait=false'])
})

const everybody = { podSelector: {} }
const webPod = { podSelector: { matchLabels: { app: 'web' } } }
const clientPods = { podSelector: { matchLabels: { app: 'client' } } }
const blueTeam = { namespaceSelector: { matchLabels: { team: 'blue' } } }
const port = (number: number | string, more: object = {}) => ({ port: number, protocol: 'TCP', ...more })

interface Case {
  readonly title: string
  readonly policies: () => readonly object[]
  readonly open: readonly Link[]
}

const ingress: readonly Case[] = [
  {
    title: 'a policy without rules shuts what comes in, and leaves what goes out and what a pod tells itself',
    policies: () => [{ ...everybody, policyTypes: ['Ingress'] }],
    open: ['web > other tcp/8080', 'web > API server', itself],
  },
  {
    title: 'pods are let in by their labels, from the namespace of the policy only',
    policies: () => [{ ...webPod, ingress: [{ from: [clientPods] }] }],
    open: [...toWeb.filter((link) => link.startsWith('client')), ...fromWeb],
  },
  {
    title: 'pods are let in by the labels of their namespace',
    policies: () => [{ ...webPod, ingress: [{ from: [blueTeam] }] }],
    open: [...toWeb.filter((link) => link.startsWith('other')), ...fromWeb],
  },
  {
    title: 'with both selectors in one peer, both must fit',
    policies: () => [{ ...webPod, ingress: [{ from: [{ ...blueTeam, ...webPod }] }] }],
    open: fromWeb,
  },
  {
    title: 'a range of addresses lets in what is not in one of its holes',
    policies: () => {
      const except = [`${addresses.get('client')}/32`]
      return [{ ...webPod, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except } }] }] }]
    },
    open: [...toWeb.filter((link) => link.startsWith('other')), ...fromWeb],
  },
  {
    title: 'a port by name is open, by whatever Service it is reached, and others are not',
    policies: () => [{ ...webPod, ingress: [{ ports: [port('http')] }] }],
    open: ['client > web tcp/8080', 'client > web by its Service', 'other > web tcp/8080', ...fromWeb],
  },
  {
    title: 'ports are a range of one protocol',
    policies: () => [{ ...webPod, ingress: [{ ports: [port(8081, { endPort: 9100 })] }] }],
    open: ['client > web tcp/8081', ...fromWeb],
  },
  {
    title: 'several policies for a pod add up',
    policies: () => [
      { ...webPod, ingress: [{ from: [clientPods], ports: [port(8080)] }] },
      { ...webPod, ingress: [{ ports: [port(9000, { protocol: 'UDP' })] }] },
    ],
    open: [
      'client > web tcp/8080',
      'client > web by its Service',
      'client > web udp/9000',
      'other > web udp/9000',
      ...fromWeb,
    ],
  },
]

const egress: readonly Case[] = [
  {
    title: 'a policy without rules shuts what goes out, and lets answers through to who may ask',
    policies: () => [{ ...webPod, policyTypes: ['Egress'] }],
    open: [...toWeb, itself],
  },
  {
    title: 'what goes out is let through to pods by labels, at a port',
    policies: () => [
      { ...webPod, policyTypes: ['Egress'], egress: [{ to: [clientPods], ports: [port(9000, { protocol: 'UDP' })] }] },
    ],
    open: [...toWeb, itself, 'web > client udp/9000'],
  },
  {
    title: 'what goes out to the API server is let through at the port behind its Service',
    policies: () => {
      const to = [{ ipBlock: { cidr: `${apiServer.address}/32` } }]
      return [{ ...webPod, policyTypes: ['Egress'], egress: [{ to, ports: [port(apiServer.port)] }] }]
    },
    open: [...toWeb, itself, 'web > API server'],
  },
  {
    title: 'a name of a port is what each receiver says it is',
    policies: () => [{ ...webPod, policyTypes: ['Egress'], egress: [{ to: [blueTeam], ports: [port('http')] }] }],
    open: [...toWeb, itself, 'web > other tcp/8080'],
  },
]

describe.each([
  ['ingress', ingress],
  ['egress', egress],
])('%s', (_, cases) => {
  test.each(cases)('$title', async ({ policies, open }) => {
    await replacePolicies(home, policies())
    await untilOpen(open)
  })

  test('all is open again when the policies are gone', async () => {
    await replacePolicies(home, [])
    await untilOpen(links)
  })
})

describe('what changes', () => {
  test('a pod that loses its label is shut out, and let in again when it has it back', async () => {
    await replacePolicies(home, [{ ...webPod, ingress: [{ from: [clientPods] }] }])
    const admitted = [...toWeb.filter((link) => link.startsWith('client')), ...fromWeb]
    await untilOpen(admitted)
    await run(['-n', home, 'label', 'pod', 'client', 'app=stranger', '--overwrite'])
    await untilOpen(fromWeb)
    await run(['-n', home, 'label', 'pod', 'client', 'app=client', '--overwrite'])
    await untilOpen(admitted)
  })

  test('a pod that comes under a policy is probed by its kubelet, becomes Ready, and lets nobody in', async () => {
    await replacePolicies(away, [{ ...everybody, policyTypes: ['Ingress'] }])
    const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 }
    const image = await run(['-n', away, 'get', 'pod', 'other', '-o', 'jsonpath={.spec.containers[0].image}'])
    const late = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'late', namespace: away } }
    await run(['apply', '-f', '-'], JSON.stringify({ ...late, spec: restrictedPod({ image, readinessProbe }) }))
    await run(['-n', away, 'wait', '--for=condition=Ready', 'pod/late', '--timeout=60s'])
    const address = await run(['-n', away, 'get', 'pod', 'late', '-o', 'jsonpath={.status.podIP}'])
    const isReached = async () => (await reach('client', [`tcp/${address}:8080`]))[0]
    await until('nobody is let in', async () => ((await isReached()) ? undefined : true), { timeoutMs: 30_000 })
    await replacePolicies(away, [])
    await until('everybody is', async () => ((await isReached()) ? true : undefined), { timeoutMs: 30_000 })
  })
})

/** Policies of a namespace are from now on these. */
async function replacePolicies(namespace: string, specs: readonly object[]): Promise<void> {
  const items = specs.map((spec, at) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `case-${at}`, namespace },
    spec,
  }))
  if (items.length > 0) await run(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const over = ['case-0', 'case-1'].slice(items.length)
  if (over.length > 0) await run(['-n', namespace, 'delete', 'networkpolicies', '--ignore-not-found', ...over])
}

async function untilOpen(expected: readonly Link[]): Promise<void> {
  const wanted = links.filter((link) => expected.includes(link)).join('\n')
  let seen = ''
  await until(
    'exactly these links are open',
    async () => {
      seen = (await openLinks()).join('\n')
      return seen === wanted ? true : undefined
    },
    {
      timeoutMs: 30_000,
      everyMs: 50,
      describe: () => Promise.resolve(`open are:\n${seen}\nopen should be:\n${wanted}`),
    },
  )
}

async function openLinks(): Promise<readonly Link[]> {
  const found = await Promise.all(
    podNames.map(async (source) => {
      const own = links.filter((link) => link.startsWith(`${source} >`))
      const reached = await reach(source, own.map(targetOf))
      return own.filter((_, at) => reached[at])
    }),
  )
  return links.filter((link) => found.flat().includes(link))
}

function targetOf(link: Link): string {
  if (link.endsWith('by its Service')) return `tcp/${addresses.get('service')}:80`
  if (link.endsWith('API server')) return `tcp/${addresses.get('kubernetes')}:443`
  const [, name = '', protocol = '', number = ''] = /> (\w+) (\w+)\/(\d+)$/.exec(link) ?? []
  return `${protocol}/${addresses.get(name)}:${number}`
}

async function reach(source: PodName, targets: readonly string[]): Promise<readonly boolean[]> {
  const query = targets.map((target) => `target=${target}`).join('&')
  const response = await fetch(`${ways.get(source)?.url}/reach?${query}`)
  const lines = (await response.text()).trim().split('\n')
  return lines.map((line) => line === 'true')
}

function proofObjects(image: string): object[] {
  const ports = [{ name: 'http', containerPort: 8080 }]
  const made = (name: PodName, app: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pods[name].pod, namespace: pods[name].namespace, labels: { app } },
    spec: restrictedPod({ image, ports }),
  })
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: home },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  }
  return [service, made('web', 'web'), made('client', 'client'), made('other', 'client')]
}
