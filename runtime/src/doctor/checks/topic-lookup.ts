import { type Check, type Finding, failed, ok, questionMs, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'

/** A DHT node gives no more of those who announce a topic, at random: who isn't among so many may be announced all the same. */
const lookupLimit = 20

export const topicLookup: Check = {
  name: 'topic-lookup',
  title: 'the topic can be looked up',
  appliesTo: ['ork', 'worker'],
  needs: ['announced', 'topic'],
  async run({ files, service }, { probe }) {
    if (files.topic === null) return skipped('there is no topic on file')
    const found = await (await probe()).findTopic(files.topic, questionMs)
    const own = service === 'worker' && files.key?.kind === 'ok' ? files.key.announcing : null
    return findInAnnouncers(found, own)
  },
}

/** `found` is null when no DHT node answered; `own` is the key that should be among them, null for who announces nothing. */
export function findInAnnouncers(found: readonly string[] | null, own: string | null): Finding {
  if (found === null) return skipped('no DHT node answered the question')
  const note = found.length === 1 ? '1 process announces it' : `${found.length} processes announce it`
  if (own === null || found.includes(own) || found.length >= lookupLimit) return ok(note)
  return failed(diagnose('TopicInvisible', { count: found.length }))
}
