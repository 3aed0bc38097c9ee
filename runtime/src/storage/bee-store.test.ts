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
