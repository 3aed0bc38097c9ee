import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { heldLocks, withLock } from './lock.ts'
import { silentProgress } from './progress.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdk-lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

const locked = <T>(work: () => Promise<T>) => withLock({ name: 'work', progress: silentProgress, folder }, work)

test('work under one name is done one after the other, and nothing is left behind', async () => {
  const events: string[] = []
  const work = (name: string) => async () => {
    events.push(`${name} begins`)
    await readdir(folder)
    events.push(`${name} ends`)
  }
  await Promise.all([locked(work('a')), locked(work('b')), locked(work('c'))])
  for (let i = 0; i < events.length; i += 2) expect(events[i + 1]).toBe(events[i]?.replace('begins', 'ends'))
  expect(await readdir(folder)).toEqual([])
})

test('a lock is given back when the work fails', async () => {
  await expect(locked(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await locked(() => Promise.resolve('done'))).toBe('done')
})

test('the lock of a process that is gone is taken over', async () => {
  await writeFile(join(folder, 'work'), JSON.stringify({ pid: process.pid, startedAt: 'another boot/1' }))
  expect(await locked(() => Promise.resolve(existsSync(join(folder, 'work'))))).toBe(true)
})

test('a lock that nobody can read is taken over', async () => {
  await writeFile(join(folder, 'work'), '{"pid": ')
  expect(await locked(() => Promise.resolve('done'))).toBe('done')
})

test('what is worked on is listed while the work goes on', async () => {
  await writeFile(join(folder, 'work-of-the-dead'), JSON.stringify({ pid: process.pid, startedAt: 'another boot/1' }))
  expect(await locked(() => heldLocks('work', folder))).toEqual(['work'])
  expect(await heldLocks('work', folder)).toEqual([])
})
