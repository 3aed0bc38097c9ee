import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Link } from '../../src/net/link.ts'
import type { RunningSimulator } from '../../src/simulator/app.ts'
import { memoryFolder } from '../../src/worker/memory-folder.ts'
import { change, openSimulator, show, whatsminerEntry } from '../drivers/open-simulator.ts'
import { kill, linked, runWorker } from './worker-process.ts'
import { ask, openWorkerSite, type WorkerSite } from './worker-site.ts'

const devices = ['rack-a.wm-01', 'rack-a.wm-02']
type Result = { readonly status?: string; readonly error?: string; readonly result?: unknown }

describe('a worker process that is killed', { timeout: 120_000 }, () => {
  let site: WorkerSite
  /** Outlives the worker: what its miners obeyed is the ledger. */
  let miners: RunningSimulator
  let worker: ChildProcess
  let link: Link
  beforeEach(async () => {
    miners = await openSimulator('M56S', { count: devices.length })
    site = await openWorkerSite({ driver: 'miner-whatsminer', model: 'M56S', workerId: 'whatsminer-m56s-rack-a' })
    const entries = devices.map((id, at) =>
      whatsminerEntry(miners.ports[at] ?? 0, { id, credentials: { password: 'admin' } }),
    )
    await site.writeDevices(entries)
    for (const n of [1, 2]) await change(miners, n, { restartMs: 0 })
    await start()
    // From now on the worker has a token for each miner, and sends nothing but the command.
    await light('token-1', 0)
    await light('token-2', 1)
  })
  afterEach(async () => {
    await kill(worker)
    await site.close()
    await miners.close()
  })

  async function start(): Promise<void> {
    worker = await runWorker(site)
    link = await linked(site)
  }
  async function restart(between: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await kill(worker)
    await link.ended
    await between()
    await start()
  }
  const folder = () => memoryFolder(site.config.stateDir, site.config.workerId)
  const send = async (commandId: string, more: object = {}, deviceId: string | null = devices[0] ?? null) =>
    (await ask(link, 'command.request', { commandId, command: 'reboot', params: {}, ...more }, deviceId))
      .payload as Result
  const light = (commandId: string, at = 0) =>
    send(commandId, { command: 'setLED', params: { enabled: true } }, devices[at])
  const pong = async () => (await ask(link, 'health.ping')).payload
  const repeat = async () => ({ repeat: { instanceId: (await pong())['instanceId'], ageMs: 60_000 } })
  const reboots = async (n: number) =>
    ((await show(miners, n))['obeyed'] as readonly string[]).filter((command) => command === 'reboot').length
  const codeOf = ({ error }: Result) => error?.split(':')[0]
  /** Does as it is told, and the answer never comes. */
  const mute = (n: number) => change(miners, n, { fault: 'mute' })
  const unmute = (n: number) => change(miners, n, { fault: 'none' })

  it('between the start of a command and its result does not run it again, and says that it does not know', async () => {
    const before = await pong()
    await mute(1)
    void send('c-1').catch(() => undefined)
    await expect.poll(() => reboots(1), { timeout: 30_000 }).toBe(1)
    await restart()
    await unmute(1)
    expect(codeOf(await send('c-1', await repeat()))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(codeOf(await send('c-1'))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(await reboots(1)).toBe(1)
    const after = await pong()
    expect(after['instanceId']).toBe(before['instanceId'])
    expect(after['processId']).not.toBe(before['processId'])
  })

  it('after the result gives it again, and runs what never came', async () => {
    const first = await send('c-1')
    expect(first).toMatchObject({ status: 'SUCCESS' })
    // Its result is on disk when the start of the next command is.
    await send('c-2', {}, devices[1])
    await restart()
    expect(await send('c-1', await repeat())).toEqual(first)
    expect(await reboots(1)).toBe(1)
    expect(await light('c-3')).toMatchObject({ status: 'SUCCESS' })
  })

  it('in the middle of a command for the whole rack touches no miner twice', async () => {
    const rack = { scope: 'rack', workerId: site.config.workerId }
    await mute(2)
    void send('c-1', rack, null).catch(() => undefined)
    await expect.poll(() => Promise.all([reboots(1), reboots(2)]), { timeout: 30_000 }).toEqual([1, 1])
    await light('c-2')
    await restart()
    await unmute(2)
    const again = await send('c-1', { ...rack, ...(await repeat()) }, null)
    expect(again).toMatchObject({
      status: 'FAILED',
      error: 'ERR_TARGETS_FAILED: 1 of 2 devices: rack-a.wm-02 (ERR_COMMAND_FATE_UNKNOWN)',
      result: {
        devices: [
          { deviceId: devices[0], status: 'SUCCESS' },
          { deviceId: devices[1], status: 'FAILED' },
        ],
      },
    })
    expect(await Promise.all([reboots(1), reboots(2)])).toEqual([1, 1])
  })

  it.each<[string, (directory: string) => Promise<void>]>([
    ['is gone', (directory) => rm(directory, { recursive: true })],
    ['is damaged', spoil],
  ])('and whose memory %s does not run what may have run', async (_, harm) => {
    for (const n of [1, 2, 3]) await light(`c-${n}`)
    await send('c-4')
    const of = await repeat()
    await restart(() => harm(folder()))
    expect((await pong())['instanceId']).not.toBe(of.repeat.instanceId)
    expect(codeOf(await send('c-4', of))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(await reboots(1)).toBe(1)
    expect(await send('c-5', {}, devices[1])).toMatchObject({ status: 'SUCCESS' })
  })

  it.skipIf(process.platform !== 'linux')(
    'or not, refuses commands untouched while its disk is full, says so, and runs them when there is room',
    async () => {
      // No file of the process may grow, which is to a journal what a full disk is.
      const limitFiles = (sizeBytes: string) =>
        execFileSync('prlimit', ['--pid', String(worker.pid), `--fsize=${sizeBytes}:unlimited`])
      limitFiles('10')
      expect(codeOf(await send('c-1'))).toBe('ERR_WORKER_STORE_FAILED')
      expect(await pong()).toMatchObject({
        status: 'DEGRADED',
        problem: expect.stringContaining("it runs no commands, as it can't write them down") as string,
      })
      expect(await reboots(1)).toBe(0)
      limitFiles('unlimited')
      await expect.poll(async () => (await pong())['problem'], { timeout: 30_000 }).toBeUndefined()
      expect(await send('c-1', await repeat())).toMatchObject({ status: 'SUCCESS' })
      expect(await reboots(1)).toBe(1)
    },
  )

  it('by SIGTERM lets the command under way end, and answers it', async () => {
    await change(miners, 1, { fault: 'slow', slowMs: 150 })
    const before = await journalBytes(folder())
    const running = send('c-1')
    const stopped = once(worker, 'exit')
    await expect.poll(() => journalBytes(folder()), { interval: 5 }).toBeGreaterThan(before)
    worker.kill('SIGTERM')
    expect(await running).toMatchObject({ status: 'SUCCESS' })
    expect(await stopped).toEqual([0, null])
  })
})

async function journalBytes(directory: string): Promise<number> {
  const segments = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  const sizes = segments.map(async (name) => (await stat(join(directory, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Makes one record in the middle of the journal unreadable. */
async function spoil(directory: string): Promise<void> {
  const [segment = ''] = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
  const file = await open(join(directory, segment), 'r+')
  const { size } = await file.stat()
  await file.write(Buffer.alloc(8, 0xff), 0, 8, Math.floor(size / 2))
  await file.close()
}
