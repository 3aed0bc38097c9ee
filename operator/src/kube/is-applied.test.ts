import { describe, expect, test } from 'vitest'
import { isApplied } from './is-applied.ts'
import type { KubeObject } from './types.ts'

type Fields = Record<string, unknown>

/** A live Deployment as it comes after `desired` was applied, defaults filled in. */
function live(changes: { spec?: Fields; owned?: Fields; labels?: Fields } = {}): KubeObject {
  const owned = {
    'f:metadata': { 'f:labels': { 'f:app': {} } },
    'f:spec': {
      'f:replicas': {},
      'f:args': {},
      'f:finalizers': { 'v:"one"': {} },
      'f:selector': {},
      'f:containers': {
        'k:{"name":"main"}': {
          '.': {},
          'f:name': {},
          'f:image': {},
          'f:resources': { 'f:limits': { 'f:cpu': {} } },
          'f:ports': { 'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
        },
      },
      ...changes.owned,
    },
  }
  const metadata = {
    name: 'd',
    namespace: 'n',
    uid: 'u',
    labels: { app: 'x', other: 'theirs', ...changes.labels },
    managedFields: [{ manager: 'mdk-operator', operation: 'Apply', fieldsV1: owned }],
  }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, ...{ spec: { ...liveSpec, ...changes.spec } } }
}

const container = {
  name: 'main',
  image: 'runtime:1',
  imagePullPolicy: 'IfNotPresent',
  resources: { limits: { cpu: '1' } },
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
}
const liveSpec = {
  replicas: 1,
  args: ['a', 'b'],
  finalizers: ['one', 'theirs'],
  selector: { matchLabels: { app: 'x' } },
  revisionHistoryLimit: 10,
  containers: [{ name: 'sidecar', image: 'theirs' }, container],
}
const desiredContainer = {
  name: 'main',
  image: 'runtime:1',
  resources: { limits: { cpu: '1000m' } },
  ports: [{ containerPort: 8080 }],
}
const desiredSpec = {
  replicas: 1,
  args: ['a', 'b'],
  finalizers: ['one'],
  selector: { matchLabels: { app: 'x' } },
  containers: [desiredContainer],
}

function desired(spec: Fields = {}): KubeObject {
  const metadata = { name: 'd', namespace: 'n', labels: { app: 'x' } }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, ...{ spec: { ...desiredSpec, ...spec } } }
}

describe('an object is applied', () => {
  test('when all that is desired is there and ours, whatever others or defaults added', () => {
    expect(isApplied(desired(), live())).toBe(true)
  })

  test.each<[string, Fields]>([
    ['a field that says nothing and was left out by the server', { hostNetwork: false, note: '', volumes: [] }],
    ['an undefined field', { paused: undefined }],
    [
      'an amount written in another way',
      { containers: [{ ...desiredContainer, resources: { limits: { cpu: '1' } } }] },
    ],
    [
      'the default of a merge key spelled out',
      { containers: [{ ...desiredContainer, ports: [{ containerPort: 8080, protocol: undefined }] }] },
    ],
  ])('with %s', (_, spec) => {
    expect(isApplied(desired(spec), live())).toBe(true)
  })
})

describe('an object is not applied', () => {
  test.each<[string, Fields]>([
    ['a value differs', { replicas: 2 }],
    ['a field is new', { minReadySeconds: 5 }],
    ['an amount differs', { containers: [{ ...desiredContainer, resources: { limits: { cpu: '999m' } } }] }],
    ['a text differs that only looks like an amount', { containers: [{ ...desiredContainer, image: '1' }] }],
    ['a list that is owned as a whole is longer', { args: ['a', 'b', 'c'] }],
    ['a list that is owned as a whole has another order', { args: ['b', 'a'] }],
    ['a set has a new value', { finalizers: ['one', 'two'] }],
    ['a part of a merged list is new', { containers: [desiredContainer, { name: 'second', image: 'x' }] }],
    ['a field that was sent is sent no more', { args: undefined }],
    ['a part of a merged list is sent no more', { containers: [] }],
    ['a value of a set is sent no more', { finalizers: [] }],
    ['a field in a part of a merged list is sent no more', { containers: [{ ...desiredContainer, ports: undefined }] }],
  ])('when %s', (_, spec) => {
    expect(isApplied(desired(spec), live())).toBe(false)
  })

  test('when the live value was changed', () => {
    expect(isApplied(desired(), live({ spec: { replicas: 3 } }))).toBe(false)
    expect(isApplied(desired(), live({ labels: { app: 'y' } }))).toBe(false)
  })

  test('when a part of a merged list was removed', () => {
    expect(isApplied(desired(), live({ spec: { containers: [{ name: 'sidecar' }] } }))).toBe(false)
  })

  test('when somebody else changed a list that is owned as a whole, and so took it over', () => {
    const selector = { matchLabels: { app: 'x' }, matchExpressions: [{ key: 'k', operator: 'Exists' }] }
    expect(isApplied(desired(), live({ spec: { selector }, owned: { 'f:selector': undefined } }))).toBe(false)
  })

  test('when it was made in another way than by apply', () => {
    const made = live()
    const metadata = { ...made.metadata, managedFields: [] }
    expect(isApplied(desired(), { ...made, metadata })).toBe(false)
  })
})
