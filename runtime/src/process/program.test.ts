import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder, writePlainFile } from '../../test/process/projected-folder.ts'
import type { AppNodeConfig } from '../config.ts'
import { contentHash } from '../contract/content-hash.ts'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { createLog, silentLog } from '../log.ts'
import { type Program, type RunningProgram, startProgram } from './program.ts'
import { ready } from './readiness.ts'

const pair = keyPairOfSeed('22'.repeat(32))
const token = 'an-admin-token-of-a-site'
let root: Awaited<ReturnType<typeof temporaryFolder>>
let running: RunningProgram | undefined
let config: AppNodeConfig
beforeEach(async () => {
  root = await temporaryFolder()
  await writePlainFile(join(root.path, 'key', 'seed'), pair.seed)
  await writePlainFile(join(root.path, 'admin', 'token'), token)
  config = {
    service: 'app-node',
    configDir: root.path,
    stateDir: join(root.path, 'state'),
    statusPort: 0,
    logLevel: 'info',
    podIp: '127.0.0.1',
    dhtPort: 0,
    port: 0,
  }
})
afterEach(async () => {
  await running?.close()
  running = undefined
  await root.remove()
})

describe('startProgram', () => {
  it('logs its public key before anything else', async () => {
    const lines: string[] = []
    const destination = { write: (line: string) => lines.push(line) }
    const log = createLog({ level: 'info', service: 'app-node', destination })
    running = await startProgram(config, { log, registry: new Registry() }, () => Promise.resolve())
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ publicKey: pair.publicKey })
  })

  it('serves probes while it opens its parts, and is ready when it says so', async () => {
    const probes: number[] = []
    const log = silentLog
    running = await startProgram(config, { log, registry: new Registry() }, (program) => {
      program.setDetail(() => ({ shown: true }))
      return Promise.resolve()
    })
    const url = `http://127.0.0.1:${running.statusPort}`
    probes.push((await fetch(`${url}/livez`)).status, (await fetch(`${url}/readyz`)).status)
    expect(probes).toEqual([200, 503])
    const status = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${token}` } })
    expect(await status.json()).toMatchObject({
      version: 1,
      service: 'app-node',
      publicKey: pair.publicKey,
      files: { admin: contentHash(token), discovery: null, tokens: null },
      detail: { shown: true, fileProblems: { discovery: expect.stringContaining('FileMissing') as unknown } },
    })
    await running.close()
    running = await startProgram(config, { log, registry: new Registry() }, (program) => {
      program.setReadiness(() => ready)
      return Promise.resolve()
    })
    expect((await fetch(`http://127.0.0.1:${running.statusPort}/readyz`)).status).toBe(200)
  })

  it('tells when a program gives up, and not before', async () => {
    let opened: Program | undefined
    running = await startProgram(config, { log: silentLog, registry: new Registry() }, (program) => {
      opened = program
      return Promise.resolve()
    })
    expect(running.broken.aborted).toBe(false)
    opened?.giveUp()
    expect(running.broken.aborted).toBe(true)
  })

  it('closes its parts in reverse, once', async () => {
    const closed: string[] = []
    running = await startProgram(config, { log: silentLog, registry: new Registry() }, (program) => {
      program.own({ close: () => void closed.push('first') })
      program.onClose(() => void closed.push('second'))
      return Promise.resolve()
    })
    await Promise.all([running.close(), running.close()])
    expect(closed).toEqual(['second', 'first'])
  })

  it('closes what it opened when a later part cannot be opened', async () => {
    const close = vi.fn()
    const failing = startProgram(config, { log: silentLog, registry: new Registry() }, (program) => {
      program.own({ close })
      return Promise.reject(new Error('no port'))
    })
    await expect(failing).rejects.toThrow('no port')
    expect(close).toHaveBeenCalledTimes(1)
  })
})
