import { type CaseObject, hex, long, ref } from './admission-case.ts'

const worker = `{${ref}, driver: simulated}`

/** Specs that are accepted as they are. */
export const acceptedCases: readonly (CaseObject & { readonly title: string })[] = [
  { title: 'a site without spec', kind: 'MdkSite' },
  { title: 'a site with an empty spec', kind: 'MdkSite', spec: '{}' },
  { title: 'a site with empty sections', kind: 'MdkSite', spec: '{discovery: {}, ork: {storage: {}}, appNode: {}}' },
  {
    title: 'a site whose sections are null, as keys without a value are in YAML',
    kind: 'MdkSite',
    spec: '{discovery: null, ork: {storage: null}, appNode: null}',
  },
  { title: 'a site name of 40 characters', kind: 'MdkSite', name: long(40), spec: '{}' },
  {
    title: 'a site with everything',
    kind: 'MdkSite',
    spec: `{discovery: {topicSecretRef: {name: t}}, ork: {keySecretRef: {name: k.1}, allowedCallers: [{name: noc, publicKey: ${hex}}], storage: {size: 256Mi, storageClassName: fast}}, appNode: {tokensSecretRef: {name: a}}, deletionPolicy: Delete}`,
  },
  { title: "another site's Secret as source", kind: 'MdkSite', spec: '{ork: {keySecretRef: {name: other-ork-key}}}' },
  { title: 'a size in Ti', kind: 'MdkSite', spec: '{ork: {storage: {size: 2Ti}}}' },
  { title: 'a worker of every rack', kind: 'MdkWorker', spec: worker },
  { title: 'a worker name of 31 characters', kind: 'MdkWorker', name: long(31), spec: worker },
  {
    title: 'a worker of racks by name',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, model: M30S++, racks: {names: [a-01, a-02]}}`,
  },
  {
    title: 'a worker of racks by an empty selector',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, racks: {selector: {}}}`,
  },
  {
    title: 'a worker of racks by labels',
    kind: 'MdkWorker',
    spec: `{${ref}, driver: simulated, racks: {selector: {matchLabels: {row: a}, matchExpressions: [{key: hall, operator: NotIn, values: [x]}, {key: new, operator: Exists}]}}}`,
  },
  { title: 'an empty rack', kind: 'MdkRack', spec: `{${ref}}` },
  { title: 'a rack with an empty list of devices', kind: 'MdkRack', spec: `{${ref}, devices: []}` },
  {
    title: 'a rack whose devices each name a driver',
    kind: 'MdkRack',
    spec: `{${ref}, devices: [{name: A_1.x, driver: simulated}]}`,
  },
  {
    title: 'a device with everything',
    kind: 'MdkRack',
    spec: `{${ref}, driver: miner-whatsminer, model: M56S, devices: [{name: wm-001, driver: miner-whatsminer, model: M53S, address: 'fd00::1', port: 65535, options: {unitId: '3'}}]}`,
  },
  ...['10.1.2.3', 'fd00::1', 'FD00:0:0::1', 'miner-1', 'Miner-1.hall-2.example.com', '1-miner', 'simulator'].map(
    (address) => ({
      title: `the address ${address}`,
      kind: 'MdkRack' as const,
      spec: `{${ref}, driver: simulated, devices: [{name: a, address: '${address}'}]}`,
    }),
  ),
  {
    title: 'a device with null as options',
    kind: 'MdkRack',
    spec: `{${ref}, driver: simulated, devices: [{name: a, options: null}]}`,
  },
  {
    title: 'a full rack',
    kind: 'MdkRack',
    spec: `{${ref}, driver: simulated, devices: [${Array.from({ length: 512 }, (_, n) => `{name: d${n}}`).join()}]}`,
  },
]
