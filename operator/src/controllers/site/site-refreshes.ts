import { contentHash } from '../../../../runtime/src/contract/index.ts'
import type { Pod } from '../../kube/types.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import { decideRefresh, isRunning, type LastRefresh } from '../refresh.ts'
import { earliest, type Step } from '../steps.ts'
import type { SeenSite } from './seen-site.ts'

type Files = Readonly<Record<string, string>>

/** Live files of each kind of pod. A worker's device list is its own controller's concern. */
const dhtFiles = ['admin']
const orkFiles = ['topic', 'discovery', 'roster', 'admin']
const appNodeFiles = ['discovery', 'tokens', 'admin']
const workerFiles = ['topic', 'discovery', 'admin']

export interface SiteRefreshes {
  readonly steps: readonly Step[]
  readonly againMs: number | null
}

/**
 * Decides which pods are to refresh their files. ORK says what it runs, so it is touched until that is what was written;
 * the others, and an ORK that isn't heard, are touched once when something of theirs has changed since the last run. To become
 * of no use is a change, and to become good again another: in between a pod may have taken up what was there.
 */
export function decideSiteRefreshes(seen: SeenSite, files: Files, nowMs: number): SiteRefreshes {
  const ork = seen.pods.ork.filter(isRunning).map((pod) => {
    const last = seen.memory.refreshes.get(pod.metadata.uid ?? '') ?? null
    const question = { wanted: hashOf(files, orkFiles), arrived: hasArrived(files, seen.orkKnowledge), last }
    return { pod, answer: decideRefresh(question, nowMs) }
  })
  return {
    steps: [
      ...ork.flatMap(({ pod, answer }) => (answer.write === null ? [] : [refreshStep(pod, answer.write)])),
      ...(seen.orkKnowledge.kind === 'heard' ? [] : touchChanged(seen.pods.ork, seen.memory.files, files, orkFiles)),
      ...touchChanged(seen.pods.dht, seen.memory.files, files, dhtFiles),
      ...touchChanged(seen.pods.appNode, seen.memory.files, files, appNodeFiles),
      ...touchChanged(seen.pods.workers, seen.memory.files, files, workerFiles),
    ],
    againMs: earliest(...ork.map(({ answer }) => answer.againMs)),
  }
}

function hasArrived(files: Files, knowledge: OrkKnowledge): boolean | null {
  if (knowledge.kind !== 'heard') return null
  return orkFiles.every((folder) => files[folder] === undefined || knowledge.view.files[folder] === files[folder])
}

function touchChanged(pods: readonly Pod[], before: Files, now: Files, folders: readonly string[]): Step[] {
  const isFirstRun = Object.keys(before).length === 0
  if (isFirstRun || folders.every((folder) => before[folder] === now[folder])) return []
  const value = hashOf(now, folders)
  return pods.filter(isRunning).map((pod) => ({ kind: 'refresh', pod, value, remember: null }))
}

function refreshStep(pod: Pod, { value, ...remember }: LastRefresh & { readonly value: string }): Step {
  return { kind: 'refresh', pod, value, remember }
}

function hashOf(files: Files, folders: readonly string[]): string {
  return contentHash(folders.map((folder) => files[folder] ?? '').join('\n'))
}
