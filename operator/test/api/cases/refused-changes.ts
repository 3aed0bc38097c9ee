import { type RefusedChange, ref } from './admission-case.ts'

const storage = 'spec.ork.storage'

const shrink = 'a volume cannot shrink (an absent size is 1Gi)'
const fixedClass = 'storageClassName is immutable: the volume exists already'
const fixedSite = 'siteRef is immutable: delete the object and create it for the other site'
const fixedModel = 'model is immutable: create another MdkWorker'
const worker = `{${ref}, driver: simulated}`
const workerOfModel = `{${ref}, driver: simulated, model: M56S}`

/** Changes of accepted objects that are refused. */
export const refusedChanges: readonly RefusedChange[] = [
  {
    title: 'a volume that shrinks',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 2Gi}}}',
    after: '{ork: {storage: {size: 1Gi}}}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'a volume whose new size is in another unit',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 1Gi}}}',
    after: '{ork: {storage: {size: 2GB}}}',
    field: `${storage}.size`,
    sentence: 'must be a whole number of Mi, Gi or Ti, such as 2Gi',
  },
  {
    title: 'a volume under the size that an absent one had',
    kind: 'MdkSite',
    after: '{ork: {storage: {size: 512Mi}}}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'a larger volume left out',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 2Gi}}}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'a larger volume whose section is emptied',
    kind: 'MdkSite',
    before: '{ork: {storage: {size: 2Gi}}}',
    after: '{ork: null}',
    field: `${storage}.size`,
    sentence: shrink,
  },
  {
    title: 'another storage class',
    kind: 'MdkSite',
    before: '{ork: {storage: {storageClassName: a}}}',
    after: '{ork: {storage: {storageClassName: b}}}',
    field: `${storage}.storageClassName`,
    sentence: fixedClass,
  },
  {
    title: 'a storage class given afterwards',
    kind: 'MdkSite',
    after: '{ork: {storage: {storageClassName: a}}}',
    field: `${storage}.storageClassName`,
    sentence: fixedClass,
  },
  {
    title: 'a worker of another site',
    kind: 'MdkWorker',
    before: worker,
    after: '{siteRef: {name: t}, driver: simulated}',
    field: 'spec.siteRef',
    sentence: fixedSite,
  },
  {
    title: 'another driver',
    kind: 'MdkWorker',
    before: worker,
    after: `{${ref}, driver: miner-whatsminer}`,
    field: 'spec.driver',
    sentence: 'driver is immutable: create another MdkWorker',
  },
  {
    title: 'another model',
    kind: 'MdkWorker',
    before: workerOfModel,
    after: `{${ref}, driver: simulated, model: M30S}`,
    field: 'spec',
    sentence: fixedModel,
  },
  {
    title: 'a model left out',
    kind: 'MdkWorker',
    before: workerOfModel,
    after: worker,
    field: 'spec',
    sentence: fixedModel,
  },
  {
    title: 'a model given afterwards',
    kind: 'MdkWorker',
    before: worker,
    after: workerOfModel,
    field: 'spec',
    sentence: fixedModel,
  },
  {
    title: 'a rack of another site',
    kind: 'MdkRack',
    before: `{${ref}}`,
    after: '{siteRef: {name: t}}',
    field: 'spec.siteRef',
    sentence: fixedSite,
  },
]
