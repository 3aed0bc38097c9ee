import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { projectFiles, temporaryFolder } from '../../test/process/projected-folder.ts'
import { type FolderContent, readFolder, type WatchedFolder, watchFolder } from './watched-folder.ts'

let root: Awaited<ReturnType<typeof temporaryFolder>>
let folder: string
let open: WatchedFolder[] = []
beforeEach(async () => {
  root = await temporaryFolder()
  folder = join(root.path, 'folder')
  await mkdir(folder)
})
afterEach(async () => {
  for (const watched of open) watched.close()
  open = []
  await root.remove()
})

/** Time between looks that is longer than a test: what is seen was told by the system. */
const never = 3_600_000

async function follow(
  names: readonly string[],
  pollMs: number,
): Promise<{ seen: FolderContent[]; watched: WatchedFolder }> {
  const seen: FolderContent[] = []
  const watched = await watchFolder(folder, {
    files: names,
    onChange: (content) => seen.push(content),
    pollMs,
    settleMs: 5,
  })
  open.push(watched)
  return { seen, watched }
}

describe('watchFolder', () => {
  it('reads what is there at start without calling it a change', async () => {
    await projectFiles(folder, { a: '1', b: '2' })
    const { seen, watched } = await follow(['a', 'missing'], never)
    expect(watched.content).toEqual({ files: { a: '1' }, problem: null })
    expect(seen).toEqual([])
  })

  it('sees a swap of ..data as one change of all files', async () => {
    await projectFiles(folder, { a: '1', b: '1' })
    const { seen } = await follow(['a', 'b'], never)
    await projectFiles(folder, { a: '2', b: '2' })
    await vi.waitFor(() => expect(seen).toHaveLength(1))
    expect(seen).toEqual([{ files: { a: '2', b: '2' }, problem: null }])
  })

  it('never gives files of two versions, however often ..data is swapped', async () => {
    await projectFiles(folder, { a: '0', b: '0' })
    const { seen, watched } = await follow(['a', 'b'], never)
    for (let version = 1; version <= 60; version += 1) {
      await projectFiles(folder, { a: String(version), b: String(version) })
    }
    await vi.waitFor(() => expect(watched.content.files).toEqual({ a: '60', b: '60' }))
    for (const { files } of seen) expect(files['a']).toBe(files['b'])
  })

  it('keeps quiet when a new version has the same content', async () => {
    await projectFiles(folder, { a: '1' })
    const { seen } = await follow(['a'], never)
    await projectFiles(folder, { a: '1' })
    await projectFiles(folder, { a: '2' })
    await vi.waitFor(() => expect(seen).toHaveLength(1))
    expect(seen[0]?.files).toEqual({ a: '2' })
  })

  it('follows plain files that are written over, renamed into place and removed', async () => {
    await writeFile(join(folder, 'a'), '1')
    const { watched } = await follow(['a'], never)
    await writeFile(join(folder, 'a'), '2')
    await vi.waitFor(() => expect(watched.content.files).toEqual({ a: '2' }))
    await writeFile(join(folder, 'a.new'), '3')
    await rename(join(folder, 'a.new'), join(folder, 'a'))
    await vi.waitFor(() => expect(watched.content.files).toEqual({ a: '3' }))
    await rm(join(folder, 'a'))
    await vi.waitFor(() => expect(watched.content.files).toEqual({}))
  })

  it('waits for a folder that does not exist, and follows one that took its place', async () => {
    await rm(folder, { recursive: true })
    const { watched } = await follow(['a'], 20)
    expect(watched.content).toEqual({ files: {}, problem: null })
    await mkdir(folder)
    await projectFiles(folder, { a: '1' })
    await vi.waitFor(() => expect(watched.content.files).toEqual({ a: '1' }))
    await rm(folder, { recursive: true })
    await mkdir(folder)
    await writeFile(join(folder, 'a'), '2')
    await vi.waitFor(() => expect(watched.content.files).toEqual({ a: '2' }))
  })

  it('reports nothing after close', async () => {
    const { seen, watched } = await follow(['a'], 10)
    watched.close()
    await writeFile(join(folder, 'a'), '1')
    const other = await follow(['a'], 10)
    await writeFile(join(folder, 'a'), '2')
    await vi.waitFor(() => expect(other.watched.content.files).toEqual({ a: '2' }))
    expect(seen).toEqual([])
  })
})

describe('readFolder', () => {
  it('says which file cannot be read and keeps the others', async () => {
    await writeFile(join(folder, 'a'), '1')
    await mkdir(join(folder, 'b'))
    const { files, problem } = await readFolder(folder, ['a', 'b'])
    expect(files).toEqual({ a: '1' })
    expect(problem).toMatchObject({ reason: 'FileUnreadable' })
    expect(problem?.message).toContain(join(folder, 'b'))
  })

  it('refuses a file that is too large to be one of ours', async () => {
    await writeFile(join(folder, 'a'), Buffer.alloc(16 * 1024 * 1024 + 1))
    expect((await readFolder(folder, ['a'])).problem).toMatchObject({ reason: 'FileTooLarge' })
  })
})
