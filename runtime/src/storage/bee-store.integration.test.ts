import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBeeStore } from './bee-store.ts'
import { StoreError } from './store.ts'
import { storeSuite } from './store-suite.ts'

let root = ''
let made = 0
const folder = () => join(root, String((made += 1)))
const soon = { lockTimeoutMs: 5_000 }

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bee-store-'))
})
afterAll(() => rm(root, { recursive: true }))

storeSuite('bee store', () => openBeeStore(folder(), soon))

/** A process that opens the store and puts `n: {n}` for n = 0, 1, 2 … for ever, printing each n that has been put. */
function startWriter(directory: string): ChildProcess {
  const code = `
    import { openBeeStore } from ${JSON.stringify(new URL('bee-store.ts', import.meta.url).href)}
    const store = await openBeeStore(${JSON.stringify(directory)}, { lockTimeoutMs: 5000 })
    for (let n = 0; ; n += 1) {
      await store.put(String(n), { n })
      process.stdout.write(n + '\\n')
    }`
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Kills the writer when it has printed so much; the numbers that it printed. */
async function killAfter(writer: ChildProcess, count: number): Promise<number[]> {
  const printed: number[] = []
  for await (const line of createInterface({ input: writer.stdout! })) {
    printed.push(Number(line))
    if (printed.length === count) writer.kill('SIGKILL')
  }
  return printed
}

describe('openBeeStore', () => {
  test('what was put is there when the store is opened again', async () => {
    const directory = folder()
    const store = await openBeeStore(directory, soon)
    await store.sub('registry').put('a', { kept: true })
    await store.close()
    const again = await openBeeStore(directory, soon)
    expect(await again.sub('registry').get('a')).toEqual({ kept: true })
    await again.close()
  })

  test('every awaited put survives a kill of the process', async () => {
    const directory = folder()
    const printed = await killAfter(startWriter(directory), 300)
    const store = await openBeeStore(directory, soon)
    expect(printed.length).toBeGreaterThanOrEqual(300)
    for (const n of printed) expect(await store.get(String(n))).toEqual({ n })
    expect(await store.get(String(printed.length + 1))).toBeUndefined()
    await store.close()
  })

  test('a folder that another process holds is waited for, until that process ends', async () => {
    const directory = folder()
    const writer = startWriter(directory)
    await once(writer.stdout!, 'data')
    const opening = openBeeStore(directory, soon)
    const killed = await killAfter(writer, 50)
    const store = await opening
    expect(await store.get('0')).toEqual({ n: 0 })
    expect(killed.length).toBeGreaterThanOrEqual(50)
    await store.close()
  })

  test('a folder that stays held is refused with what to do', async () => {
    const directory = folder()
    const holder = await openBeeStore(directory, soon)
    const opening = openBeeStore(directory, { lockTimeoutMs: 300 })
    await expect(opening).rejects.toThrow(StoreError)
    await expect(opening).rejects.toThrow(/was held by another process for 300 ms; stop that process/)
    await holder.close()
  })

  test('waiting for a held folder ends with the signal', async () => {
    const directory = folder()
    const holder = await openBeeStore(directory, soon)
    const abort = new AbortController()
    const opening = openBeeStore(directory, { lockTimeoutMs: 60_000, signal: abort.signal })
    abort.abort(new Error('stopping'))
    await expect(opening).rejects.toThrow('stopping')
    await holder.close()
  })

  test.skipIf(process.platform !== 'linux')(
    'a store whose disk was full is written again, without a restart, as soon as there is room, and lacks nothing',
    async () => {
      const directory = folder()
      // No file of the process may grow, which is to a store what a full disk is, and then it may again.
      const code = `
        import { execFileSync } from 'node:child_process'
        import { openBeeStore } from ${JSON.stringify(new URL('bee-store.ts', import.meta.url).href)}
        const limitFiles = (sizeBytes) => execFileSync('prlimit', ['--pid', process.pid, '--fsize=' + sizeBytes + ':unlimited'])
        const store = await openBeeStore(${JSON.stringify(directory)}, {
          lockTimeoutMs: 5000,
          onWriteFailed: () => console.log('failed'),
          onWriteRecovered: () => console.log('recovered'),
        })
        const written = (key) => store.put(key, 'x'.repeat(10_000)).then(() => true, () => false)
        await written('before')
        limitFiles(1_000)
        console.log('while full:', await written('full'))
        limitFiles('unlimited')
        for (let tries = 0; !(await written('after')) && tries < 100; tries += 1) await new Promise((next) => setTimeout(next, 100))
        await store.close()`
      const writer = spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const printed: string[] = []
      for await (const line of createInterface({ input: writer.stdout })) printed.push(line)
      expect(printed.slice(0, 2)).toEqual(['failed', 'while full: false'])
      expect(printed.at(-1)).toBe('recovered')
      const store = await openBeeStore(directory, soon)
      const kept = []
      for await (const { key } of store.entries()) kept.push(key)
      expect(kept).toEqual(['after', 'before'])
      await store.close()
    },
  )

  test('a copy of a folder, as a backup makes it, can be opened', async () => {
    const directory = folder()
    const store = await openBeeStore(directory, soon)
    await store.put('a', 1)
    await store.close()
    const copy = folder()
    await cp(directory, copy, { recursive: true })
    const opened = await openBeeStore(copy, soon)
    expect(await opened.get('a')).toBe(1)
    await opened.close()
  })

  test('a folder that cannot be made is refused by its name', async () => {
    const file = folder()
    await writeFile(file, '')
    await expect(openBeeStore(join(file, 'store'), soon)).rejects.toThrow(`${join(file, 'store')} cannot be made`)
  })
})
