import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/process/projected-folder.ts'
import { SdkError } from './refusal.ts'
import { flawOfRoot, keepSecret, openRoot } from './root-folder.ts'

let root: Awaited<ReturnType<typeof temporaryFolder>>
let path: string
beforeEach(async () => {
  root = await temporaryFolder()
  path = join(root.path, 'ork', 'seed')
})
afterEach(() => root.remove())

const files = () => readdir(join(root.path, 'ork'))
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

describe('keepSecret', () => {
  it('makes a secret once, for its user alone, and all that start at the same time have it', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => keepSecret(path)))
    expect(new Set(made)).toEqual(new Set([await readFile(path, 'utf8')]))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(root.path, 'ork'))).mode & 0o777).toBe(0o700)
    expect(await files()).toEqual(['seed'])
  })

  it('says what to do on a disk without hard links, and leaves nothing behind', async () => {
    const kept = keepSecret(path, failing('EPERM'))
    await expect(kept).rejects.toThrow(SdkError)
    await expect(kept).rejects.toThrow('give a root on another disk')
    expect(await files()).toEqual([])
  })

  it('leaves nothing behind when the disk fails', async () => {
    await expect(keepSecret(path, failing('EIO'))).rejects.toThrow('EIO')
    expect(await files()).toEqual([])
  })

  it('refuses a file that holds something else, and leaves it as it is', async () => {
    await keepSecret(path)
    await writeFile(path, '')
    await expect(keepSecret(path)).rejects.toThrow('must hold 64 hexadecimal characters')
    expect(await readFile(path, 'utf8')).toBe('')
  })
})

describe('the root', () => {
  const anothers = 'belongs to another user; give a root of your own'
  const openToAll = 'can be written by other users; take that right from them (chmod go-w), or give a root of your own'

  it.each([
    ['its own', { uid: 1_000, mode: 0o700 }, { own: 1_000, isGiven: false }, null],
    ["root's", { uid: 0, mode: 0o755 }, { own: 1_000, isGiven: false }, null],
    ["another's", { uid: 1_001, mode: 0o700 }, { own: 1_000, isGiven: true }, anothers],
    ["another's that root was given", { uid: 1_001, mode: 0o700 }, { own: 0, isGiven: true }, null],
    ["another's that root was not given", { uid: 1_001, mode: 0o700 }, { own: 0, isGiven: false }, anothers],
    ['open to a group', { uid: 1_000, mode: 0o770 }, { own: 1_000, isGiven: false }, openToAll],
    ['open to all', { uid: 0, mode: 0o777 }, { own: 1_000, isGiven: false }, openToAll],
    ['given and open to a group', { uid: 1_000, mode: 0o770 }, { own: 1_000, isGiven: true }, null],
    ['of a system without users', { uid: 0, mode: 0o666 }, { own: null, isGiven: false }, null],
  ])('may be a folder that is %s, or may not', (_, found, by, flaw) => {
    expect(flawOfRoot(found, by)).toBe(flaw)
  })

  it('is made for its user alone', async () => {
    const made = await openRoot(join(root.path, 'site'))
    expect((await stat(made)).mode & 0o777).toBe(0o700)
  })

  it('says what to do when it cannot be made', async () => {
    await writeFile(join(root.path, 'file'), '')
    await expect(openRoot(join(root.path, 'file', 'site'))).rejects.toThrow('give another root')
  })
})
