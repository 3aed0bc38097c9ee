import type { Discovery } from '../contract/discovery-file.ts'
import type { SiteFiles } from '../process/site-files.ts'
import { findInTopic } from './checks/topic.ts'

/** What a process has on file about where its site meets. */
export interface MeetingFiles {
  readonly topic: string | null
  readonly discovery: Pick<Discovery, 'topicHash' | 'orkPublicKey'> | null
}

/**
 * Whether the topic on file is the site's, and the key that is declared for ORK the one that it runs under, where that is
 * known. Who is on another topic may be connected all the same, so no connection shows it.
 */
export function filesAgree({ topic, discovery }: MeetingFiles, orkRuns: string | null): boolean {
  const declared = discovery?.orkPublicKey ?? null
  if (orkRuns !== null && declared !== null && declared !== orkRuns) return false
  return findInTopic({ topic, discovery }).kind !== 'failed'
}

export function meeting({ topic, discovery }: Pick<SiteFiles, 'topic' | 'discovery'>): MeetingFiles {
  return { topic: topic.current(), discovery: discovery.current() }
}
