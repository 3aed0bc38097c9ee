import { expect, test } from 'vitest'
import { findMissingImages, qualifiedName } from './node-images-loaded.ts'

const LISTING = `REF                             TYPE            DIGEST        SIZE     PLATFORMS   LABELS
docker.io/library/worker:v1     application/x   sha256:m1     1.0 MiB  linux/amd64 -
docker.io/acme/operator:v2      application/x   sha256:m2     1.0 MiB  linux/amd64 -
sha256:i1                       application/x   sha256:m1     1.0 MiB  linux/amd64 -
sha256:old                      application/x   sha256:m2     1.0 MiB  linux/amd64 -
`

test('an image is missing if its tag is not there or stands for another image', () => {
  const wanted = [
    { name: 'worker:v1', id: 'sha256:i1' },
    { name: 'acme/operator:v2', id: 'sha256:new' },
    { name: 'acme/site:v1', id: 'sha256:i1' },
  ]
  expect(findMissingImages(wanted, LISTING)).toEqual(['acme/operator:v2', 'acme/site:v1'])
})

test('an image is there if Docker names it by the digest of its manifest', () => {
  expect(findMissingImages([{ name: 'worker:v1', id: 'sha256:m1' }], LISTING)).toEqual([])
})

test('a short name is qualified as containerd does it', () => {
  expect(qualifiedName('worker')).toBe('docker.io/library/worker:latest')
  expect(qualifiedName('acme/operator:v2')).toBe('docker.io/acme/operator:v2')
  expect(qualifiedName('localhost/x:1')).toBe('localhost/x:1')
  expect(qualifiedName('registry.example:5000/x')).toBe('registry.example:5000/x:latest')
})
