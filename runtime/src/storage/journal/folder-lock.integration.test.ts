import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoreError } from '../store.ts'
import { lockFolder } from './folder-lock.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'folder-lock-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** A process that holds the folder until it is killed; resolves when it does. */
async function startHolder(): Promise<ChildProcess> {
  const code = `
    import { lockFolder } from ${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)}
    await lockFolder(${JSON.stringify(directory)}, { lockTimeoutMs: 5000 })
    process.stdout.write('held')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return holder
}

describe('lockFolder', () => {
  test('a folder is held by one at a time, also within a process, until it is closed', async () => {
    const first = await lockFolder(directory, { lockTimeoutMs: 0 })
    const second = lockFolder(directory, { lockTimeoutMs: 200 })
    await expect(second).rejects.toThrow(StoreError)
    await expect(second).rejects.toThrow(`${directory} was held by another process for 200 ms; stop that process`)
    await first.close()
    await (await lockFolder(directory, { lockTimeoutMs: 0 })).close()
  })

  test('a folder whose holder is stopped stays held, and is free as soon as that holder is killed', async () => {
    const holder = await startHolder()
    holder.kill('SIGSTOP')
    await expect(lockFolder(directory, { lockTimeoutMs: 300 })).rejects.toThrow('was held by another process')
    const waiting = lockFolder(directory, { lockTimeoutMs: 10_000 })
    holder.kill('SIGKILL')
    await (await waiting).close()
  })

  test('waiting for a held folder ends with the signal', async () => {
    const first = await lockFolder(directory, { lockTimeoutMs: 0 })
    const abort = new AbortController()
    const second = lockFolder(directory, { lockTimeoutMs: 60_000, signal: abort.signal })
    abort.abort(new Error('stopping'))
    await expect(second).rejects.toThrow('stopping')
    await first.close()
  })
})
