import { kinds } from '../../../operator/src/api/group.ts'
import {
  type ConditionFacts,
  type ReasonFacts,
  rackConditions,
  shardReasons,
  siteConditions,
  unassignedReasons,
  workerConditions,
} from '../../../operator/src/api/v1alpha1/index.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

/** The page of all conditions and reasons. */
export function formatConditions(): string {
  return formatPage(
    'Conditions and reasons',
    '`operator/src/api/v1alpha1/conditions.ts`',
    '`Ready` is always there; `Reconciling` and `Stalled` only while True, with the reason and message of `Ready`. `Ready` takes the reason and message of the first condition, in the order of this page, that keeps it from True. Each condition carries the generation that it speaks of (`observedGeneration`). `kubectl wait --for=condition=Ready`, Flux, Helm and kstatus need no rule of their own.',
    '*Waiting* comes right by itself. *Stalled* does not: the message says what to do.',
    formatKind(kinds.site.kind, siteConditions),
    formatKind(kinds.worker.kind, workerConditions),
    formatWords('Shards', '`status.shardStatus[].reason` of an MdkWorker.', shardReasons),
    formatKind(kinds.rack.kind, rackConditions),
    formatWords('Unassigned devices', '`status.unassignedDevices[].reason` of an MdkRack.', unassignedReasons),
  )
}

function formatKind(kind: string, conditions: Readonly<Record<string, ConditionFacts>>): string {
  const rows = Object.entries(conditions).flatMap(([type, facts]) => [
    [`**${type}**`, '', '', `${facts.meaning}${remark(facts)}`],
    ...Object.entries(facts.reasons).map(([reason, of]) => ['', code(reason), standingOf(of), of.meaning]),
  ])
  return `## ${kind}\n\n${formatTable(['condition', 'reason', 'status', 'meaning'], rows)}`
}

function remark({ onlyWhileTrue }: ConditionFacts): string {
  return onlyWhileTrue ? ' Listed only while True.' : ''
}

function standingOf({ status, standing }: ReasonFacts): string {
  return standing === 'well' ? status : `${status}, ${standing}`
}

function formatWords(title: string, about: string, words: Readonly<Record<string, string>>): string {
  const rows = Object.entries(words).map(([word, meaning]) => [code(word), meaning])
  return `### ${title}\n\n${about}\n\n${formatTable(['reason', 'meaning'], rows)}`
}
