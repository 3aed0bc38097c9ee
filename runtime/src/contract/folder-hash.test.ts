import { describe, expect, it } from 'vitest'
import { contentHash } from './content-hash.ts'
import { folders } from './file-layout.ts'
import { folderFiles, folderHash } from './folder-hash.ts'

describe('folderHash', () => {
  it('is the content hash of the text where a folder has one file, byte for byte', () => {
    expect(folderHash('roster', { 'roster.json': '{}\n' })).toBe(contentHash('{}\n'))
  })

  it('covers name and text of each file where a folder has several', () => {
    expect(folderHash('tokens', { read: 'r', command: 'c' })).toBe(contentHash('command\0c\0read\0r\0'))
    expect(folderHash('tokens', { command: 'c' })).toBe(contentHash('command\0c\0'))
  })

  it('is null without a file', () => {
    expect(folderHash('topic', {})).toBeNull()
    expect(folderHash('topic', { other: 'x' })).toBeNull()
  })

  it('knows the files of every folder', () => {
    expect(Object.keys(folderFiles).sort()).toEqual(Object.keys(folders).sort())
  })
})
