import { expect, test } from 'vitest'
import type { PersistentVolumeClaim } from '../../kube/types.ts'
import { decideVolume } from './decide-volume.ts'

function volume(storage: string, spec: PersistentVolumeClaim['spec'] = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 's-ork' },
    spec: { resources: { requests: { storage } }, ...spec },
  }
}

test('an absent size is 1Gi of the default class, which one node writes to', () => {
  const wish = { size: '1Gi', storageClassName: undefined, accessModes: ['ReadWriteOnce'] }
  expect(decideVolume({}, null)).toEqual(wish)
})

test('a volume grows and never shrinks, whatever the units', () => {
  expect(decideVolume({ size: '2Gi' }, volume('1Gi')).size).toBe('2Gi')
  expect(decideVolume({ size: '1Gi' }, volume('2048Mi')).size).toBe('2048Mi')
})

test('a volume that is there keeps its class, whether the site asks for one or not', () => {
  const slow = volume('1Gi', { storageClassName: 'slow' })
  expect(decideVolume({ storageClassName: 'fast' }, slow).storageClassName).toBe('slow')
  expect(decideVolume({}, slow).storageClassName).toBe('slow')
  expect(decideVolume({}, volume('1Gi', { storageClassName: '' })).storageClassName).toBe('')
})

test('a volume that is there keeps its access modes', () => {
  expect(decideVolume({}, volume('1Gi', { accessModes: ['ReadWriteMany'] })).accessModes).toEqual(['ReadWriteMany'])
})
