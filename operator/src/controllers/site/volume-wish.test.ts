import { expect, test } from 'vitest'
import type { PersistentVolumeClaim } from '../../kube/types.ts'
import { decideVolume } from './volume-wish.ts'

function volume(storage: string, storageClassName?: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 's-ork' },
    spec: { resources: { requests: { storage } }, ...(storageClassName === undefined ? {} : { storageClassName }) },
  }
}

test('an absent size is 1Gi of the default class', () => {
  expect(decideVolume({}, null)).toEqual({ size: '1Gi', storageClassName: undefined })
})

test('a volume grows and never shrinks, whatever the units', () => {
  expect(decideVolume({ size: '2Gi' }, volume('1Gi')).size).toBe('2Gi')
  expect(decideVolume({ size: '1Gi' }, volume('2048Mi')).size).toBe('2048Mi')
})

test('a retained volume keeps its class', () => {
  expect(decideVolume({ storageClassName: 'fast' }, volume('1Gi', 'slow')).storageClassName).toBe('slow')
  expect(decideVolume({}, volume('1Gi', 'slow')).storageClassName).toBeUndefined()
})
