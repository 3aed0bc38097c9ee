import { expect, test } from 'vitest'
import type { Discovery } from '../contract/discovery-file.ts'
import { topicHash } from '../contract/topic.ts'
import { createWatchedValue } from '../process/watched-value.ts'
import { watchAgreement } from './files-agree.ts'

const [ours, theirs] = ['aa'.repeat(32), 'bb'.repeat(32)]
const ork = '0c'.repeat(32)

test('whether the files agree follows each of them, as a site is moved to another topic and another ORK', () => {
  const read = <Value>(value: Value) => ({ value, hash: null, problem: null })
  const pointTo = (topic: string, orkPublicKey: string) =>
    read<Discovery>({ version: 1, orkPublicKey, bootstrap: [], topicHash: topicHash(topic) })
  const topic = createWatchedValue(read(ours))
  const discovery = createWatchedValue(pointTo(ours, ork))
  const agree = watchAgreement({ topic, discovery }, ork)
  expect(agree()).toBe(true)
  discovery.set(pointTo(theirs, ork))
  expect(agree()).toBe(false)
  topic.set(read(theirs))
  expect(agree()).toBe(true)
  discovery.set(pointTo(theirs, '0d'.repeat(32)))
  expect(agree()).toBe(false)
})
