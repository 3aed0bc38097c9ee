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
function filesAgree({ topic, discovery }: MeetingFiles, orkRuns: string | null): boolean {
  const declared = discovery?.orkPublicKey ?? null
  if (orkRuns !== null && declared !== null && declared !== orkRuns) return false
  return findInTopic({ topic, discovery }).kind !== 'failed'
}

/** `filesAgree` of the files as they are; hashed again only when one has changed, since each call to a process asks. */
export function watchAgreement({ topic, discovery }: Pick<SiteFiles, 'topic' | 'discovery'>, orkRuns: string | null) {
  let seen: MeetingFiles | null = null
  let agree = false
  return (): boolean => {
    const files = { topic: topic.current(), discovery: discovery.current() }
    if (seen === null || files.topic !== seen.topic || files.discovery !== seen.discovery) {
      agree = filesAgree(files, orkRuns)
      seen = files
    }
    return agree
  }
}
