import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const docs = join(import.meta.dirname, '../../../docs')
const reference = readFileSync(join(docs, 'reference/metrics.md'), 'utf8')
const known = new Set([...reference.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name))

it.each(readdirSync(join(docs, 'guides')))('%s names metrics that there are', (page) => {
  const text = readFileSync(join(docs, 'guides', page), 'utf8')
  const named = [...text.matchAll(/\b(?:mdk_(?:operator|ork|worker|app_node|dht)|leader_election)_\w+/g)]
  expect(named.map(([name]) => name).filter((name) => !known.has(name))).toEqual([])
})
