import { expect, test } from 'vitest'
import { config, seenSite, site, stored } from '../../../test/controllers/samples.ts'
import type { MdkSiteSpec } from '../../api/v1alpha1/index.ts'
import { desiredOrkVolumeClaim } from '../../resources/ork-volume-claim.ts'
import { siteFactsOf } from '../site-facts-of.ts'
import { formatObject } from '../steps.ts'
import { decideLeaving } from './decide-leaving.ts'
import type { SeenSite } from './seen-site.ts'

type Policy = NonNullable<MdkSiteSpec['deletionPolicy']>

/** A site whose children were last written under the one policy, and which has the other now. */
function edited(before: Policy, now: Policy): SeenSite {
  const facts = siteFactsOf(site({ deletionPolicy: before }), config)
  const claim = desiredOrkVolumeClaim(facts, {
    size: '1Gi',
    storageClassName: undefined,
    accessModes: ['ReadWriteOnce'],
  })
  const { identities } = seenSite({ site: site({ deletionPolicy: before }) })
  return { ...seenSite({ site: site({ deletionPolicy: now }) }), identities, volume: stored(claim) }
}

function written(seen: SeenSite): string[] {
  const steps = decideLeaving(seen).stages.flat()
  return steps.map((step) => (step.kind === 'apply' ? formatObject(step.object) : step.kind)).sort()
}

const identity = ['Secret s-app-node-key', 'Secret s-ork-key', 'Secret s-topic']

test.each([
  ['Delete', 'RetainIdentity', identity],
  ['Delete', 'RetainAll', ['PersistentVolumeClaim s-ork', ...identity]],
  ['RetainIdentity', 'RetainAll', ['PersistentVolumeClaim s-ork']],
  ['RetainAll', 'Delete', ['PersistentVolumeClaim s-ork', ...identity]],
] as const)('a site that goes, with %s edited to %s, has the owner changed of %j', (before, now, names) => {
  expect(written(edited(before, now))).toEqual(names)
})

test.each(['RetainIdentity', 'RetainAll', 'Delete'] as const)('a site that goes with %s needs nothing', (policy) => {
  expect(written(edited(policy, policy))).toEqual([])
})

test('what goes meanwhile is not made again: it is written by its uid, and what is gone already is not', () => {
  const seen = edited('Delete', 'RetainAll')
  const { topic } = seen.identities
  const identities = { ...seen.identities, topic: { ...topic, own: null } }
  const steps = decideLeaving({ ...seen, identities, volume: null }).stages.flat()
  expect(steps.map((step) => step.kind === 'apply' && step.object.metadata.uid)).toEqual([
    'uid-s-ork-key',
    'uid-s-app-node-key',
  ])
})
