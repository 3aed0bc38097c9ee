import { expect, test } from 'vitest'
import type { KubeObject } from '../kube/types.ts'
import { ownershipOf } from './ownership.ts'

const site = { kind: 'MdkSite', name: 's', uid: 'u1' } as const
const worker = { kind: 'MdkWorker', name: 'w', uid: 'u2' } as const

function object(kind: string, metadata: KubeObject['metadata']): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', ...metadata } }
}
const controlledBy = (kind: string, name: string, uid: string, apiVersion = 'mdk.io/v1alpha1') => ({
  ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
})

test('what our owner controls is ours', () => {
  expect(ownershipOf(object('Service', controlledBy('MdkSite', 's', 'u1')), site)).toBe('ours')
})

test('what is being deleted is leaving, whoever controls it', () => {
  const leaving = { ...controlledBy('MdkSite', 's', 'u1'), deletionTimestamp: '2026-01-01T00:00:00Z' }
  expect(ownershipOf(object('Service', leaving), site)).toBe('leaving')
})

test('what an earlier owner of the same name controls is leaving', () => {
  expect(ownershipOf(object('Secret', controlledBy('MdkSite', 's', 'old')), site)).toBe('leaving')
  expect(ownershipOf(object('Secret', controlledBy('MdkSite', 's', 'old', 'other.io/v1')), site)).toBe('taken')
})

test('anything else is taken', () => {
  expect(ownershipOf(object('Service', { labels: { 'mdk.io/site': 's' } }), site)).toBe('taken')
  expect(ownershipOf(object('Secret', {}), site)).toBe('taken')
})

test.each(['Secret', 'PersistentVolumeClaim'])('a %s with the label of its owner is ours', (kind) => {
  expect(ownershipOf(object(kind, { labels: { 'mdk.io/site': 's' } }), site)).toBe('ours')
  expect(ownershipOf(object(kind, { labels: { 'mdk.io/worker': 'w' } }), worker)).toBe('ours')
})

test("a worker's Secret is not its site's, whatever their names", () => {
  const both = { labels: { 'mdk.io/site': 's', 'mdk.io/worker': 's' } }
  expect(ownershipOf(object('Secret', both), site)).toBe('taken')
})
