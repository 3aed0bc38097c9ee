import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../config.ts'
import { silentLog } from '../log.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { KeyFilesError } from './key-files.ts'
import { exitCode, runUntilStopped } from './lifecycle.ts'

function ports() {
  return { log: silentLog, signals: new EventEmitter(), exit: vi.fn<(code: number) => void>(), clock: manualClock() }
}

describe('runUntilStopped', () => {
  it('closes the program on SIGTERM and ends with 0', async () => {
    const given = ports()
    const close = vi.fn(() => Promise.resolve())
    const ended = runUntilStopped(() => Promise.resolve({ close }), given)
    given.signals.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(exitCode.stopped)
    expect(close).toHaveBeenCalledTimes(1)
    expect(given.signals.eventNames()).toEqual([])
    expect(given.clock.armed).toBe(0)
  })

  it('gives up on a program that takes longer than 8 s to close', async () => {
    const given = ports()
    const ended = runUntilStopped(() => Promise.resolve({ close: () => new Promise<void>(() => undefined) }), given)
    given.signals.emit('SIGINT', 'SIGINT')
    await given.clock.advance(8_000)
    expect(await ended).toBe(exitCode.closeFailed)
  })

  it('ends with another code when closing fails', async () => {
    const given = ports()
    const ended = runUntilStopped(() => Promise.resolve({ close: () => Promise.reject(new Error('stuck')) }), given)
    given.signals.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(exitCode.closeFailed)
  })

  it('closes a program that is broken, and ends with a code of its own', async () => {
    const given = ports()
    const close = vi.fn(() => Promise.resolve())
    const broken = new AbortController()
    const ended = runUntilStopped(() => Promise.resolve({ close, broken: broken.signal }), given)
    broken.abort()
    expect(await ended).toBe(exitCode.broken)
    expect(close).toHaveBeenCalledTimes(1)
    expect(given.clock.armed).toBe(0)
  })

  it('ends as stopped when it is stopped, however well the program is', async () => {
    const given = ports()
    const broken = new AbortController().signal
    const ended = runUntilStopped(() => Promise.resolve({ close: () => Promise.resolve(), broken }), given)
    given.signals.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(exitCode.stopped)
  })

  it('ends at once on a second signal', async () => {
    const given = ports()
    void runUntilStopped(() => Promise.resolve({ close: () => new Promise<void>(() => undefined) }), given)
    given.signals.emit('SIGTERM', 'SIGTERM')
    expect(given.exit).not.toHaveBeenCalled()
    given.signals.emit('SIGTERM', 'SIGTERM')
    expect(given.exit).toHaveBeenCalledWith(exitCode.forced)
    await given.clock.advance(8_000)
  })

  it('tells a start that is under way of the stop, and closes what it may still open', async () => {
    const given = ports()
    const close = vi.fn(() => Promise.resolve())
    const ended = runUntilStopped(
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ close }))),
      given,
    )
    given.signals.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(exitCode.stopped)
    expect(close).toHaveBeenCalledTimes(1)
  })

  it.each([
    [new ConfigError('PORT is wrong'), exitCode.misconfigured],
    [new KeyFilesError('the key is wrong'), exitCode.misconfigured],
    [new Error('port in use'), exitCode.failed],
  ])('ends with a code of its own when the start fails with %s', async (error, code) => {
    expect(await runUntilStopped(() => Promise.reject(error), ports())).toBe(code)
  })

  it.each(['uncaughtException', 'unhandledRejection'])('ends with 1 at once on an %s', (event) => {
    const given = ports()
    void runUntilStopped(() => new Promise(() => undefined), given)
    given.signals.emit(event, new Error('bug'))
    expect(given.exit).toHaveBeenCalledWith(exitCode.failed)
  })
})
