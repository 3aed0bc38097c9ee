import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Images } from './images.ts'
import { getJson, type KubectlTarget, kubectl } from './kubectl.ts'
import { apply, withImages } from './operator-install.ts'

/** Namespace and site of `manifests/samples/demo.yaml`. */
export const demo = { namespace: 'mdk-demo', site: 'demo', manifest: 'manifests/samples/demo.yaml' } as const

const count = z.int().optional()
const site = z.object({
  metadata: z.object({ generation: z.int() }),
  status: z.object({
    observedGeneration: z.int(),
    devices: z.object({ declared: count, registered: count, healthy: count }).optional(),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() }))
      .optional(),
  }),
})

const pods = z.object({
  items: z.array(z.object({ spec: z.object({ containers: z.array(z.object({ image: z.string() })) }) })),
})

/** How far the site has come. */
export interface SiteState {
  readonly ready: boolean
  readonly declared: number
  readonly registered: number
  readonly healthy: number
  /** Reason and message of `Ready`. */
  readonly says: string
}

export async function applyDemoSite(target: KubectlTarget, root: string, images: Images): Promise<void> {
  await apply(target, withImages(await readFile(join(root, demo.manifest), 'utf8'), images))
}

export async function deleteDemoSite(target: KubectlTarget, root: string): Promise<void> {
  await kubectl(target, ['delete', '--ignore-not-found', '-f', join(root, demo.manifest)])
}

async function observeDemoSite(target: KubectlTarget): Promise<SiteState> {
  const seen = site.parse(await getJson(target, ['-n', demo.namespace, 'mdksite', demo.site]))
  const { declared = 0, registered = 0, healthy = 0 } = seen.status.devices ?? {}
  const condition = seen.status.conditions?.find(({ type }) => type === 'Ready')
  const current = seen.status.observedGeneration === seen.metadata.generation
  return {
    ready: current && condition?.status === 'True',
    declared,
    registered,
    healthy,
    says: condition === undefined ? 'not yet seen by the operator' : `${condition.reason}: ${condition.message}`,
  }
}

/**
 * Pods of the site that run another image than this tree's. An operator that was replaced a moment ago has yet to roll them, and
 * until then the status is that of what ran before.
 */
async function countOutdatedPods(target: KubectlTarget, { runtime }: Images): Promise<number> {
  const found = pods.parse(await getJson(target, ['-n', demo.namespace, 'pods', '-l', `mdk.io/site=${demo.site}`]))
  return found.items.filter(({ spec }) => spec.containers.some(({ image }) => image !== runtime)).length
}

/** Waits until the demo site runs this tree's image and is Ready with every device registered and healthy, telling each change. */
export async function waitForDemoSite(
  target: KubectlTarget,
  images: Images,
  tell: (text: string) => void,
  timeoutMs: number,
): Promise<SiteState> {
  const deadline = performance.now() + timeoutMs
  let told = ''
  for (;;) {
    const outdated = await countOutdatedPods(target, images)
    const state = await observeDemoSite(target)
    const text =
      outdated > 0
        ? `${outdated} pods of an earlier build are yet to be replaced`
        : `${state.registered} of ${state.declared} devices READY, ${state.healthy} healthy (${state.says})`
    if (text !== told) tell(text)
    told = text
    if (outdated === 0 && state.ready && state.healthy === state.declared) return state
    if (performance.now() > deadline) {
      throw new Error(
        `the demo site is not Ready after ${Math.round(timeoutMs / 1000)} s: ${state.says}\n` +
          `look at: kubectl -n ${demo.namespace} get mdk,pods; kubectl -n ${demo.namespace} describe mdksite ${demo.site}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
