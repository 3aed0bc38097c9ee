import type { Discovery } from '../../contract/discovery-file.ts'
import { topicHash } from '../../contract/topic.ts'
import { type Check, type Finding, failed, ok, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'

export const topic: Check = {
  name: 'topic',
  title: "the topic on file is the site's",
  appliesTo: ['ork', 'worker'],
  needs: ['files'],
  run: (patient) => findInTopic(patient.files),
}

/** A topic is known by its hash; the topic itself is told to nobody. */
export function findInTopic(files: {
  readonly topic: string | null
  readonly discovery: Pick<Discovery, 'topicHash'> | null
}): Finding {
  const expected = files.discovery?.topicHash
  if (files.topic === null) return skipped('there is no topic on file')
  if (expected === undefined) return skipped('discovery.json does not say which topic the site has')
  const onFile = topicHash(files.topic)
  return onFile === expected ? ok(`hash ${onFile}`) : failed(diagnose('TopicDiffers', { onFile, expected }))
}
