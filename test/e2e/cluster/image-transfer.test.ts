import { expect, test } from 'vitest'
import { parseSavedImages } from './image-transfer.ts'

test('images are read from the archives of old and new versions of Docker, an untagged one too', () => {
  const old = { Config: 'c1.json', RepoTags: ['worker:v1'], Layers: ['a/layer.tar', 'b/layer.tar'] }
  const recent = { Config: 'blobs/sha256/c2', RepoTags: null, Layers: ['blobs/sha256/d'] }
  expect(parseSavedImages(JSON.stringify([old, recent]))).toEqual([
    { config: 'c1.json', tags: ['worker:v1'], layers: ['a/layer.tar', 'b/layer.tar'] },
    { config: 'blobs/sha256/c2', tags: [], layers: ['blobs/sha256/d'] },
  ])
})
