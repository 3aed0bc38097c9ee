import { contentHash } from './content-hash.ts'
import { type Parsed, problem, withoutFinalNewline } from './file-problem.ts'
import { findHexFlaw } from './hex-text.ts'

/** Reads the topic: 32 bytes as 64 hexadecimal characters in lower case. */
export function parseTopic(text: string | undefined): Parsed<string, 'TopicMalformed'> {
  const topic = withoutFinalNewline(text ?? '')
  const flaw = text === undefined ? 'is missing; it must hold 64 hexadecimal characters' : findHexFlaw(topic, [64])
  return flaw === null ? { kind: 'ok', value: topic } : problem('TopicMalformed', `key 'topic' ${flaw}`)
}

/** What may be shown of a topic. The topic itself is shown nowhere. */
export function topicHash(topic: string): string {
  return contentHash(Buffer.from(topic, 'hex'))
}
