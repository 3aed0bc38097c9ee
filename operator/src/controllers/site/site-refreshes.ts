import { contentHash } from '../../../../runtime/src/contract/index.ts'
import { annotations } from '../../api/group.ts'
import { parseTime } from '../../engine/clock.ts'
import type { Pod } from '../../kube/types.ts'
import { type AskedPod, decideRefreshes, type Refreshes } from '../decide-refreshes.ts'
import type { OrkView } from '../ork-knowledge.ts'
import type { SeenSite } from './seen-site.ts'

type Files = Readonly<Record<string, string>>

/** Live files of each kind of pod. A worker's device list is its own controller's concern. */
const dhtFiles = ['admin']
const orkFiles = ['topic', 'discovery', 'roster', 'admin']
const appNodeFiles = ['discovery', 'tokens', 'admin']
const workerFiles = ['topic', 'discovery', 'admin']

/** A pod that is younger at a change mounts what was written: a kubelet takes longer to start one. */
const mountedAfterMs = 1_000
/** How often a pod of which nothing is heard is touched: after 0, 2, 6 and 14 s, by when the kubelet has heard of the change. */
const unheardTimes = 4

/**
 * Decides which pods are to refresh their files. ORK says what it runs, so it is touched until that is what was written;
 * the others, and an ORK that isn't heard, are touched a few times when something of theirs has changed. To become of no use
 * is a change, and to become good again another: in between a pod may have taken up what was there.
 */
export function decideSiteRefreshes(seen: SeenSite, files: Files, nowMs: number): Refreshes {
  const { pods, memory, orkKnowledge } = seen
  const unheard = (folders: readonly string[], shows: (pod: Pod, wanted: string) => boolean = () => false) => {
    const wanted = hashOf(files, folders)
    const changed = hasChanged(memory.files, files, folders)
    const changedAtMs = Math.max(...folders.map((folder) => memory.changedAtMs[folder] ?? Number.NEGATIVE_INFINITY))
    return (pod: Pod): AskedPod => {
      const isUnderWay = memory.refreshes.get(pod.metadata.uid ?? '')?.hash === wanted
      // A pod that was there at the change may be heard of later than the change.
      const wasThere = createdAtMs(pod) + mountedAfterMs <= changedAtMs
      const owed = changed || wasThere || isUnderWay || shows(pod, wanted)
      return { pod, wanted, owed, mostTimes: unheardTimes }
    }
  }
  const heard = (view: OrkView) => {
    const question = { wanted: hashOf(files, orkFiles), owed: runsOthers(view, files) }
    return (pod: Pod): AskedPod => ({ pod, ...question })
  }
  const showsOthers = (pod: Pod, wanted: string) => isWhole(files, appNodeFiles) && showsOther(pod, wanted)
  const asked = [
    ...pods.ork.map(orkKnowledge.kind === 'heard' ? heard(orkKnowledge.view) : unheard(orkFiles)),
    ...pods.dht.map(unheard(dhtFiles)),
    ...pods.appNode.map(unheard(appNodeFiles, showsOthers)),
    // A worker's annotation tells of its device list, too.
    ...pods.workers.map(unheard(workerFiles)),
  ]
  return decideRefreshes(asked, memory.refreshes, nowMs)
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

function runsOthers(view: OrkView, files: Files): boolean {
  return orkFiles.some((folder) => files[folder] !== undefined && view.files[folder] !== files[folder])
}

function hashOf(files: Files, folders: readonly string[]): string {
  return contentHash(folders.map((folder) => files[folder] ?? '').join('\n'))
}
