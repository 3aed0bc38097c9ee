import { inject } from 'vitest'
import { kubectl } from '../../../scripts/site/kubectl.ts'
import { until } from './poll.ts'

/** What the cases look at in an object; everything else is left open. */
export interface Seen {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation?: number
    readonly labels?: Record<string, string>
    readonly deletionTimestamp?: string
  }
  readonly spec?: Record<string, unknown>
  readonly data?: Record<string, string>
  readonly status?: {
    readonly observedGeneration?: number
    readonly phase?: string
    readonly podIP?: string
    readonly devices?: Record<string, number>
    readonly workers?: { desired: number; ready: number }
    readonly ork?: { publicKey: string }
    readonly shardStatus?: readonly { workerId: string; publicKey: string }[]
    readonly conditions?: readonly {
      type: string
      status: string
      reason: string
      message: string
      lastTransitionTime: string
    }[]
    readonly containerStatuses?: readonly { restartCount: number; ready: boolean }[]
  }
}

const target = () => ({ kubeconfig: inject('kubeconfig'), context: inject('context') })

export function run(args: readonly string[], input?: string): Promise<string> {
  return kubectl(target(), args, input)
}

export async function applyYaml(namespace: string, yaml: string): Promise<void> {
  await run(['-n', namespace, 'apply', '--server-side', '-f', '-'], yaml)
}

export async function get(namespace: string, kind: string, name: string): Promise<Seen | undefined> {
  const text = await run(['-n', namespace, 'get', kind, name, '--ignore-not-found', '-o', 'json'])
  return text === '' ? undefined : (JSON.parse(text) as Seen)
}

export async function list(namespace: string, kinds: string, selector = ''): Promise<readonly Seen[]> {
  const text = await run(['-n', namespace, 'get', kinds, '-l', selector, '-o', 'json'])
  return (JSON.parse(text) as { items: Seen[] }).items
}

/** One value of a Secret as text; empty if the Secret or the key isn't there. */
export async function secretValue(namespace: string, name: string, key: string): Promise<string> {
  const secret = await get(namespace, 'secret', name)
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString()
}

/** Pods with their restarts. If it is the same later, none was replaced and none restarted. */
export async function podsWithRestarts(namespace: string, selector: string): Promise<readonly string[]> {
  const pods = await list(namespace, 'pods', selector)
  return pods.map(({ metadata, status }) => `${metadata.uid} ${status?.containerStatuses?.[0]?.restartCount}`).sort()
}

/** Makes a namespace that enforces the restricted Pod Security Standard, as a careful site would. */
export async function makeNamespace(name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  // One that an interrupted run left would bring its site with it.
  await run(['delete', 'namespace', name, '--ignore-not-found', '--wait=true', '--timeout=120s'])
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
  await run(['apply', '-f', '-'], JSON.stringify(namespace))
}

interface Wanted {
  type: string
  status: string
  reason?: string
  message?: RegExp
}

/** Waits for a condition of a custom resource at its current generation. */
export function untilCondition(
  namespace: string,
  object: { kind: string; name: string },
  condition: Wanted,
  timeoutMs = 120_000,
): Promise<Seen> {
  const { kind, name } = object
  return until(
    `${kind} ${name} has ${condition.type}=${condition.status} ${condition.reason ?? ''}${condition.message ?? ''}`,
    async () => {
      const seen = await get(namespace, kind, name)
      const isCurrent = seen?.status?.observedGeneration === seen?.metadata.generation
      return isCurrent && seen?.status?.conditions?.some((found) => fits(found, condition)) ? seen : undefined
    },
    { timeoutMs, describe: () => describeNamespace(namespace) },
  )
}

type Condition = NonNullable<NonNullable<Seen['status']>['conditions']>[number]

function fits(found: Condition, { type, status, reason = found.reason, message = /^/ }: Wanted): boolean {
  return found.type === type && found.status === status && found.reason === reason && message.test(found.message)
}

export const untilReady = (namespace: string, site: string, timeoutMs?: number) =>
  untilCondition(namespace, { kind: 'mdksite', name: site }, { type: 'Ready', status: 'True' }, timeoutMs)

/** The site is Ready, and its devices have been read and are well: Ready doesn't wait for that. */
export async function untilAllHealthy(namespace: string, site: string): Promise<Seen> {
  await untilReady(namespace, site)
  return untilCondition(namespace, { kind: 'mdksite', name: site }, { type: 'DevicesHealthy', status: 'True' })
}

/** What a person would look at when a case fails. */
async function describeNamespace(namespace: string): Promise<string> {
  const parts = [
    ['get', 'mdk,pods', '-o', 'wide'],
    ['get', 'events', '--sort-by=.lastTimestamp'],
    ['logs', '-l', 'app.kubernetes.io/component=ork', '--tail=20'],
  ]
  const texts = await Promise.all(parts.map((args) => run(['-n', namespace, ...args]).catch(String)))
  return texts.join('\n')
}
