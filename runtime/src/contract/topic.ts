import { contentHash } from './content-hash.ts'
import { type Parsed, problem, withoutFinalNewline } from './file-problem.ts'

/** Reads the topic: 32 bytes as 64 hexadecimal characters in lower case. */
export function parseTopic(text: string | undefined): Parsed<string, 'TopicMalformed'> {
  const topic = withoutFinalNewline(text ?? '')
  if (!/^[0-9a-f]{64}$/.test(topic)) {
    return problem('TopicMalformed', "key 'topic' must hold 64 hexadecimal characters in lower case (32 bytes)")
  }
  return { kind: 'ok', value: topic }
}

/** What may be shown of a topic. The topic itself is shown nowhere. */
export function topicHash(topic: string): string {
  return contentHash(Buffer.from(topic, 'hex'))
}
