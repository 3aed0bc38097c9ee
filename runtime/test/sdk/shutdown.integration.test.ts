import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { shutdown } from '../../src/sdk/shutdown.ts'

const source = new URL('../../src/sdk/shutdown.ts', import.meta.url).href
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Runs a program whose `close` is this, sends the signals one after the other, and gives its exit code and what it printed. */
async function end(close: string, signals: readonly NodeJS.Signals[], options = '{}') {
  const code = `
    const { onShutdown } = await import(${JSON.stringify(source)})
    const work = setInterval(() => undefined, 1_000)
    onShutdown(${close}, ${options})
    process.stdout.write('up\\n')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let printed = ''
  const lines = (text: string) => (printed += text)
  child.stdout.setEncoding('utf8').on('data', lines)
  child.stderr.setEncoding('utf8').on('data', lines)
  const ended = once(child, 'close').then(([exit]) => exit as unknown)
  for (const [sent, signal] of signals.entries()) {
    await expect.poll(() => printed, { timeout: 30_000 }).toContain(sent === 0 ? 'up' : 'closing')
    child.kill(signal)
  }
  return { code: await ended, printed }
}

const closing = "process.stdout.write('closing\\n')"

describe('onShutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes once on %s and ends with 0', async (signal) => {
    const { code, printed } = await end(`() => ${closing}`, [signal])
    expect({ code, printed }).toEqual({ code: 0, printed: 'up\nclosing\n' })
  })

  it('ends with 3 and says why when closing fails', async () => {
    const { code, printed } = await end("() => { throw new Error('the disk is full') }", ['SIGTERM'])
    expect(code).toBe(3)
    expect(printed).toContain('closing failed: the disk is full')
  })

  it('ends with 3 when closing takes too long', async () => {
    const { code } = await end('() => new Promise(() => undefined)', ['SIGTERM'], '{ forceMs: 50 }')
    expect(code).toBe(3)
  })

  it('ends with 3 when closing never ends and nothing else keeps the process alive', async () => {
    const close = '() => { clearInterval(work); return new Promise(() => undefined) }'
    const { code } = await end(close, ['SIGTERM'], '{ forceMs: 50 }')
    expect(code).toBe(3)
  })

  it('ends with 130 at once on a second signal', async () => {
    const { code } = await end(`() => { ${closing}; return new Promise(() => undefined) }`, ['SIGTERM', 'SIGINT'])
    expect(code).toBe(130)
  })

  it('listens to the signals that it was told, and to no others', async () => {
    const { code } = await end(`() => ${closing}`, ['SIGHUP'], "{ signals: ['SIGHUP'] }")
    expect(code).toBe(0)
  })
})

describe('shutdown', () => {
  it('closes in order, passes over what never was, and throws the first failure when all is closed', async () => {
    const closed: string[] = []
    const part = (name: string, fails = false) => ({
      close() {
        closed.push(name)
        if (fails) throw new Error(name)
      },
    })
    await expect(shutdown(part('a'), null, part('b', true), undefined, part('c', true))).rejects.toThrow('b')
    expect(closed).toEqual(['a', 'b', 'c'])
  })
})
