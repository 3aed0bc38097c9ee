import { contentHash } from '../../../../runtime/src/contract/index.ts'
import { annotations } from '../../api/group.ts'
import { parseTime } from '../../engine/clock.ts'
import type { Pod } from '../../kube/types.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import { decideRefresh, isRunning, type LastRefresh, type RefreshQuestion } from '../refresh.ts'
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

/** A pod that is younger at a change mounts what was written: a kubelet takes longer to start one. */
const mountedAfterMs = 1_000
/** How often a pod of which nothing is heard is touched: after 0, 2, 6 and 14 s, by when the kubelet has heard of the change. */
const unheardTimes = 4

/**
 * Decides which pods are to refresh their files. ORK says what it runs, so it is touched until that is what was written;
 * the others, and an ORK that isn't heard, are touched a few times when something of theirs has changed. To become of no use
 * is a change, and to become good again another: in between a pod may have taken up what was there.
 */
export function decideSiteRefreshes(seen: SeenSite, files: Files, nowMs: number): SiteRefreshes {
  const { pods, memory, orkKnowledge } = seen
  const lastOf = ({ metadata }: Pod) => memory.refreshes.get(metadata.uid ?? '') ?? null
  const unheard = (folders: readonly string[], shows: (pod: Pod, wanted: string) => boolean = () => false) => {
    const wanted = hashOf(files, folders)
    const changed = hasChanged(memory.files, files, folders)
    const changedAtMs = Math.max(...folders.map((folder) => memory.changedAtMs[folder] ?? Number.NEGATIVE_INFINITY))
    return (pod: Pod): RefreshQuestion => {
      const last = lastOf(pod)
      // A pod that was there at the change may be heard of later than the change.
      const wasThere = createdAtMs(pod) + mountedAfterMs <= changedAtMs
      const owed = changed || wasThere || last?.hash === wanted || shows(pod, wanted)
      return { wanted, arrived: owed ? false : null, last, mostTimes: unheardTimes }
    }
  }
  const heard = (pod: Pod): RefreshQuestion => ({
    wanted: hashOf(files, orkFiles),
    arrived: hasArrived(files, orkKnowledge),
    last: lastOf(pod),
  })
  const ask = (asked: readonly Pod[], question: (pod: Pod) => RefreshQuestion) =>
    asked.map((pod) => ({ pod, question: question(pod) }))
  const questions = [
    ...ask(pods.ork, orkKnowledge.kind === 'heard' ? heard : unheard(orkFiles)),
    ...ask(pods.dht, unheard(dhtFiles)),
    ...ask(
      pods.appNode,
      unheard(appNodeFiles, (pod, wanted) => isWhole(files, appNodeFiles) && showsOther(pod, wanted)),
    ),
    // A worker's annotation tells of its device list, too.
    ...ask(pods.workers, unheard(workerFiles)),
  ]
  const answers = questions
    .filter(({ pod }) => isRunning(pod))
    .map(({ pod, question }) => ({ pod, ...decideRefresh(question, nowMs) }))
  return {
    steps: answers.flatMap(({ pod, write }) => (write === null ? [] : [refreshStep(pod, write)])),
    againMs: earliest(...answers.map(({ againMs }) => againMs)),
  }
}

function hasChanged(before: Files, now: Files, folders: readonly string[]): boolean {
  return changedFolders(before, now).some((folder) => folders.includes(folder))
}

/** Folders whose content isn't that of the run before; nothing has changed for the first run of a program. */
export function changedFolders(before: Files, now: Files): readonly string[] {
  const folders = new Set([...Object.keys(before), ...Object.keys(now)])
  return Object.keys(before).length === 0 ? [] : [...folders].filter((folder) => before[folder] !== now[folder])
}

function createdAtMs({ metadata }: Pod): number {
  return parseTime(metadata.creationTimestamp ?? '')
}

function isWhole(files: Files, folders: readonly string[]): boolean {
  return folders.every((folder) => files[folder] !== undefined)
}

/** Whether the pod was last touched for other content: a program that ended before the next touch still owes it. */
function showsOther({ metadata }: Pod, wanted: string): boolean {
  const [hash] = metadata.annotations?.[annotations.refresh]?.split('.') ?? []
  return hash !== undefined && hash !== wanted
}

function hasArrived(files: Files, knowledge: OrkKnowledge): boolean | null {
  if (knowledge.kind !== 'heard') return null
  return orkFiles.every((folder) => files[folder] === undefined || knowledge.view.files[folder] === files[folder])
}

function refreshStep(pod: Pod, { value, ...remember }: LastRefresh & { readonly value: string }): Step {
  return { kind: 'refresh', pod, value, remember }
}

function hashOf(files: Files, folders: readonly string[]): string {
  return contentHash(folders.map((folder) => files[folder] ?? '').join('\n'))
}
