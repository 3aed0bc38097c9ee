/** A program that has ORK in it by `getOrk`, which admits whoever announces the topic. Whoever starts it asks it how things are. */
import { createLog } from '../../src/log.ts'
import { createRegistry } from '../../src/process/metrics.ts'
import { type GetOrkOptions, getOrk } from '../../src/sdk/ork.ts'
import type { TopicOrkReport } from './start-topic-ork.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as GetOrkOptions
const log = createLog({ level: 'debug', service: 'ork' })
const registry = createRegistry('ork', 'test')
const ork = await getOrk({ ...options, log, registry })

async function report(): Promise<TopicOrkReport> {
  return { workers: ork.workers(), metrics: await registry.metrics() }
}

process.on('message', () => void report().then((told) => process.send?.(told)))
