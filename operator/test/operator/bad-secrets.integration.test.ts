// Secrets that people get wrong: as the source that a site refers to, and as the operator's own that somebody edits by hand.
// One site for each way runs through all of them: after each it is what it was, so that a case that did harm fails the next.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { objectPath } from '../../src/kube/resource.ts'
import type { Secret } from '../../src/kube/types.ts'
import { type BadSecret, publicKeys, secretKinds } from './bad-secret-cases.ts'
import { secret, site } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { untilReason } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'

let lab: Lab
let operator: RunningOperator

beforeAll(async () => {
  lab = await startLab()
  operator = await lab.startOperator()
})
afterAll(async () => {
  await operator.close()
  await lab.close()
})

const identity: ['MdkSite', string, string] = ['MdkSite', 's', 'IdentityReady']
const slow = { timeout: 30_000, interval: 100 }

/** Puts another content into a Secret, as `kubectl replace` does. */
async function fill(space: Space, name: string, data: BadSecret['data']): Promise<void> {
  const { metadata, type } = (await space.get('Secret', name))!
  const encoded = Object.entries(data).map(([key, value]): [string, string] => [
    key,
    Buffer.from(value).toString('base64'),
  ])
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata
  const kept = { name, namespace: space.name, labels, annotations, ownerReferences }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: kept, type, data: Object.fromEntries(encoded) }
  await lab.admin.request({ method: 'PUT', path: objectPath({ kind: 'Secret', namespace: space.name, name }), body })
}

/** What runs, and what it runs with: generation of each workload, and each Secret but those that the case is about. */
async function whatRuns(space: Space, but: readonly string[]): Promise<Record<string, unknown>> {
  const lists = await Promise.all([space.list('Deployment'), space.list('StatefulSet')])
  const secrets = (await space.list('Secret')).filter(({ metadata }) => !but.includes(metadata.name ?? ''))
  const running = lists
    .flat()
    .map(({ kind, metadata }): [string, unknown] => [`${kind} ${metadata.name}`, metadata.generation])
  const held = secrets.map(({ metadata, data }): [string, unknown] => [`Secret ${metadata.name}`, data])
  return Object.fromEntries([...running, ...held])
}

/** All that people see of the site. */
async function shown(space: Space): Promise<string> {
  const notes = (await space.list('Event')).map(({ note }) => note)
  return JSON.stringify([await space.siteStatus('s'), notes])
}

/** Values that nobody may see. */
function secretsIn({ data }: BadSecret): string[] {
  const texts = Object.values(data).map((value) => value.toString().trim())
  return texts.filter((text) => text.length > 8 && !publicKeys.includes(text))
}

const cases = secretKinds.flatMap((kind) => kind.bad.map((bad) => ({ ...bad, ...kind, bad })))

async function startSite(space: Space, spec: Parameters<typeof site>[1]): Promise<void> {
  await space.apply(site('s', spec))
  await untilReason(space, identity, 'InUse')
  await vi.waitFor(async () => expect((await space.list('Deployment')).length).toBe(2), slow)
}

describe('a Secret that a running site refers to', () => {
  let space: Space
  beforeAll(async () => {
    space = await lab.namespace()
    for (const { source, good } of secretKinds) await space.apply(secret(source, good))
    await startSite(space, {
      discovery: { topicSecretRef: { name: 'corp-topic' } },
      ork: { keySecretRef: { name: 'corp-key' } },
      appNode: { tokensSecretRef: { name: 'corp-tokens' } },
    })
  })

  test.each(cases)('for $what $title is $reason: $says', async ({ bad, source, good, reason, says }) => {
    const before = await whatRuns(space, [source])
    await fill(space, source, bad.data)
    const { message } = await untilReason(space, identity, reason)
    expect(message).toContain(`Secret ${source}`)
    expect(message).toContain(says)
    expect(message).toContain('the last good one stays in use')
    for (const value of secretsIn(bad)) expect(await shown(space)).not.toContain(value)
    expect(await whatRuns(space, [source])).toEqual(before)
    await fill(space, source, good)
    await untilReason(space, identity, 'InUse')
    expect(await whatRuns(space, [source])).toEqual(before)
  })

  test.each(secretKinds.flatMap((kind) => kind.alsoGood.map(([title, data]) => ({ title, data, ...kind }))))(
    'for $what $title is good, and mends a bad one',
    async ({ source, data, bad }) => {
      const before = await whatRuns(space, [source, 's-app-node-tokens'])
      await fill(space, source, bad[0]!.data)
      await untilReason(space, identity, bad[0]!.reason)
      await fill(space, source, data)
      await untilReason(space, identity, 'InUse')
      expect(await whatRuns(space, [source, 's-app-node-tokens'])).toEqual(before)
    },
  )
})

describe("one of the operator's own Secrets that somebody edits", () => {
  let space: Space
  let before: Record<string, Secret['data']>
  beforeAll(async () => {
    space = await lab.namespace()
    await startSite(space, {})
    const names = secretKinds.map(({ own }) => own)
    const held = names.map(async (own) => [own, (await space.get('Secret', own))?.data] as const)
    before = Object.fromEntries<Secret['data']>(await Promise.all(held))
  })

  test.each(cases)('for $what $title is $reason: $says', async ({ bad, own, reason, says }) => {
    const running = await whatRuns(space, [own])
    await fill(space, own, bad.data)
    const { message } = await untilReason(space, identity, reason)
    expect(message).toContain(`Secret ${own}`)
    expect(message).toContain(says)
    for (const value of secretsIn(bad)) expect(await shown(space)).not.toContain(value)
    expect(await whatRuns(space, [own])).toEqual(running)
    const good = Object.entries(before[own] ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')])
    await fill(space, own, Object.fromEntries(good) as Record<string, Buffer>)
    await untilReason(space, identity, 'InUse')
    expect(await whatRuns(space, [own])).toEqual(running)
  })
})
