import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/process/projected-folder.ts'
import { SdkError } from './refusal.ts'
import { keepSecret } from './root-folder.ts'

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
