import { type CaseObject, ref } from './admission-case.ts'

/** A spec, and what is left of it when the last field of a part is taken out and the part itself stays declared. */
export interface EmptiedCase extends CaseObject {
  readonly title: string
  readonly spec: string
  readonly left: string
}

/** Changes that empty a part. */
export const emptiedCases: readonly EmptiedCase[] = [
  { title: 'spec', kind: 'MdkSite', spec: '{deletionPolicy: Delete}', left: '{}' },
  {
    title: 'discovery',
    kind: 'MdkSite',
    spec: '{discovery: {topicSecretRef: {name: t}}}',
    left: '{discovery: {}}',
  },
  { title: 'ork', kind: 'MdkSite', spec: '{ork: {keySecretRef: {name: k}}}', left: '{ork: {}}' },
  { title: 'storage', kind: 'MdkSite', spec: '{ork: {storage: {size: 1Gi}}}', left: '{ork: {storage: {}}}' },
  {
    title: 'allowedCallers',
    kind: 'MdkSite',
    spec: `{ork: {allowedCallers: [{name: noc, publicKey: ${'ab'.repeat(32)}}]}}`,
    left: '{ork: {allowedCallers: []}}',
  },
  {
    title: 'appNode',
    kind: 'MdkSite',
    spec: '{appNode: {tokensSecretRef: {name: a}}}',
    left: '{appNode: {}}',
  },
  {
    title: 'matchLabels',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, racks: {selector: {matchLabels: {row: a}}}}`,
    left: `{${ref}, driver: simulated, racks: {selector: {}}}`,
  },
  {
    title: 'devices',
    kind: 'MdkRack',
    spec: `{${ref}, driver: simulated, devices: [{name: a}]}`,
    left: `{${ref}, driver: simulated, devices: []}`,
  },
  {
    title: 'options',
    kind: 'MdkRack',
    spec: `{${ref}, driver: simulated, devices: [{name: a, options: {unitId: '1'}}]}`,
    left: `{${ref}, driver: simulated, devices: [{name: a, options: {}}]}`,
  },
]
