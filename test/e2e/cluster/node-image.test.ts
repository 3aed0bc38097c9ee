import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { controlPlaneImages } from './node-image.ts'
import { KUBERNETES_VERSION } from './pinned-versions.ts'
import { isProvenKind } from './programs.ts'

test('every image that kubeadm and the agents ask for stands for one of ours', () => {
  const parts = { system: 'system', coredns: 'coredns', pause: 'pause' }
  const asked = ['r.example/kube-proxy:v1', 'r.example/coredns/coredns:v1', 'r.example/pause:3', 'r.example/etcd:3']
  expect([...controlPlaneImages(asked, parts)]).toEqual([
    ['r.example/kube-proxy:v1', 'system'],
    ['r.example/coredns/coredns:v1', 'coredns'],
    ['r.example/pause:3', 'pause'],
    ['r.example/etcd:3', 'system'],
    ['mdk.local/system:v1', 'system'],
  ])
})

test('the Kubernetes that is built is the one that it says it is', async () => {
  const goMod = await readFile(join(import.meta.dirname, 'programs/kubernetes/go.mod'), 'utf8')
  expect(goMod).toContain(`k8s.io/kubernetes ${KUBERNETES_VERSION}\n`)
  expect(goMod).toContain(`k8s.io/client-go v0.${KUBERNETES_VERSION.slice('v1.'.length)}\n`)
})

test('a kind of the proven minor version is accepted, any other is not', () => {
  expect(isProvenKind('0.30.0\n')).toBe(true)
  expect(isProvenKind('0.30.4')).toBe(true)
  expect(isProvenKind('0.29.0')).toBe(false)
  expect(isProvenKind('')).toBe(false)
})
