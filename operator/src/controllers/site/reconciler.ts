// Keeps one site as its spec asks: observe, decide, apply, report.
import { type MdkSite, siteObjectNames } from '../../api/v1alpha1/index.ts'
import { done, type Outcome, type Reconcile } from '../../engine/outcome.ts'
import { parseKey } from '../../kube/resource.ts'
import type { Pod } from '../../kube/types.ts'
import { applyPlan } from '../apply-plan.ts'
import { outcomeOf } from '../outcome-of.ts'
import { siteOwner } from '../ownership.ts'
import type { ReconcilePorts } from '../reconcile-ports.ts'
import { createRefreshMemory } from '../refresh-memory.ts'
import { reportStatus } from '../report-status.ts'
import { earliest, type Plan } from '../steps.ts'
import { parseAdminToken } from './admin-token.ts'
import { decideSite } from './decide.ts'
import { decideLeaving } from './decide-leaving.ts'
import type { Identities } from './identities.ts'
import { createKeyHolders } from './key-holders.ts'
import { observeSite } from './observe.ts'
import type { SeenSite, SiteMemory } from './seen-site.ts'
import { changedFolders } from './site-refreshes.ts'
import { createSourceReader } from './source-reader.ts'
import { siteStatus } from './status.ts'

/** Connections to the ORKs of sites. */
export interface SiteLinks {
  /** Connects to the ORK of a site and stays so. Idempotent. `token` is asked before each attempt. */
  follow(siteKey: string, token: () => string | null): void
  /** The pod that serves ORK; null for none. */
  servedBy(siteKey: string, podUid: string | null): void
  forget(siteKey: string): void
}

export interface SitePorts extends ReconcilePorts {
  readonly links: SiteLinks
  /** Told of a site's devices; null when the site is gone. */
  readonly onDevices: (siteKey: string, devices: DeviceCounts | null) => void
}

/** The four counts, which mean the same everywhere. */
export interface DeviceCounts {
  readonly declared: number
  readonly assigned: number
  readonly registered: number
  readonly healthy: number
}

export function siteReconciler(ports: SitePorts): Reconcile {
  const { clock, hearing, kube, links, view } = ports
  const observing = { ...ports, sources: createSourceReader(view, kube) }
  const refreshes = createRefreshMemory()
  const holders = createKeyHolders()
  const written = new Map<string, Pick<SiteMemory, 'files' | 'changedAtMs'>>()

  function forget(key: string): void {
    links.forget(key)
    hearing.forget(key)
    written.delete(key)
    holders.forget(key)
    ports.onDevices(key, null)
  }

  async function letGo(site: MdkSite, scope: string, signal: AbortSignal): Promise<Outcome> {
    const context = { orkKnowledge: { kind: 'absent' }, memory: { refreshes: new Map(), ...nothingWritten } } as const
    const seen = { ...(await observeSite(observing, site, context, signal)), otherSites: [] }
    const plan = decideLeaving(seen)
    const setbacks = await carryOut(plan, seen, scope, signal)
    return outcomeOf(plan.againMs, setbacks, { kind: 'unchanged', againMs: null })
  }

  function carryOut(plan: Plan, { facts, site }: SeenSite, scope: string, signal: AbortSignal) {
    const applying = { kube, scope, clock, owner: siteOwner(facts), regarding: site }
    return applyPlan(plan, { ...applying, onRefreshed: refreshes.remember }, signal)
  }

  return async (key, signal) => {
    const scope = `site/${key}`
    await kube.settled(scope, signal)
    const { namespace, name } = parseKey(key)
    const site = view.site(namespace, name)
    if (site === null || site.metadata.deletionTimestamp !== undefined) {
      forget(key)
      return site === null ? done : letGo(site, scope, signal)
    }
    links.follow(key, () => adminToken(ports, namespace, name))
    const { knowledge, againMs } = hearing.know(key)
    const before = written.get(key) ?? nothingWritten
    const memory = { refreshes: refreshes.refreshes, ...before }
    const observed = await observeSite(observing, site, { orkKnowledge: knowledge, memory }, signal)
    links.servedBy(key, uidOfReady(observed.pods.ork))
    const seen = { ...observed, otherSites: holders.others(view.allSites(), site) }
    const plan = decideSite(seen, clock.monotonic())
    holders.hold(site, publicKeysOf(plan.identities.orkKey)) // K1
    const setbacks = await carryOut(plan, seen, scope, signal)
    written.set(key, afterRun(before, plan.files, clock.now()))
    const status = siteStatus(seen, plan, setbacks)
    ports.onDevices(key, status.devices)
    const reported = await reportStatus({ kube, scope, siteKey: key }, site, status, signal)
    return outcomeOf(earliest(plan.againMs, againMs), setbacks, reported)
  }
}

/** The one that ORK runs under, and the one that it is about to. */
function publicKeysOf({ value, wanted }: Identities['orkKey']): readonly string[] {
  return [value, wanted].flatMap((pair) => pair?.publicKey ?? [])
}

function uidOfReady(pods: readonly Pod[]): string | null {
  const isReady = ({ metadata, status }: Pod) =>
    metadata.deletionTimestamp === undefined &&
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  return pods.find(isReady)?.metadata.uid ?? null
}

const nothingWritten: Pick<SiteMemory, 'files' | 'changedAtMs'> = { files: {}, changedAtMs: {} }

function afterRun(
  { files, changedAtMs }: Pick<SiteMemory, 'files' | 'changedAtMs'>,
  now: SiteMemory['files'],
  nowMs: number,
): Pick<SiteMemory, 'files' | 'changedAtMs'> {
  const changes = changedFolders(files, now).map((folder) => [folder, nowMs] as const)
  return { files: now, changedAtMs: { ...changedAtMs, ...Object.fromEntries(changes) } }
}

/** One that the processes wouldn't take is none. */
function adminToken({ view }: Pick<SitePorts, 'view'>, namespace: string, site: string): string | null {
  const secret = view.children.Secret.get(namespace, siteObjectNames(site).adminSecret)
  const token = secret === null ? null : parseAdminToken(secret)
  return token?.kind === 'ok' ? token.value : null
}
