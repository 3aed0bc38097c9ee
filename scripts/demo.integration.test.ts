import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../runtime/src/storage/journal/folder-lock.ts'
import { temporaryFolder } from '../runtime/test/process/projected-folder.ts'
import { topologies } from './demo/demo-site.ts'

const demo = join(import.meta.dirname, 'demo.ts')

let root: Awaited<ReturnType<typeof temporaryFolder>>
let child: ChildProcess | undefined
beforeEach(async () => {
  root = await temporaryFolder()
})
afterEach(async () => {
  child?.kill('SIGTERM')
  await root.remove()
})

/** Starts the demo and gives what it has printed once it was ready, and its exit code. */
async function start(args: readonly string[]): Promise<{ printed: string; ended: Promise<unknown> }> {
  const started = spawn(process.execPath, [demo, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child = started
  const ended = once(started, 'close').then(([code]) => code as unknown)
  let printed = ''
  const ready = new Promise<void>((resolve) => {
    const read = (text: string) => {
      printed += text
      if (printed.includes('Ctrl-C ends it.')) resolve()
    }
    started.stdout.setEncoding('utf8').on('data', read)
    started.stderr.setEncoding('utf8').on('data', read)
  })
  await Promise.race([ready, ended.then(() => expect.unreachable(`it ended:\n${printed}`))])
  return { printed, ended }
}

/** A TCP port below those that the system gives out. */
const portOf = (index: number) => 21_000 + (process.pid % 8_000) + index

describe.each(topologies.map((topology, index) => ({ topology, port: portOf(index) })))(
  'the demo site: $topology',
  ({ topology, port }) => {
    it('is ready, reads a Whatsminer, runs a command, and ends with 0 on SIGTERM, its processes too', async () => {
      const { printed, ended } = await start([topology, '--port', String(port), '--devices', '3', '--dir', root.path])
      const [read, command] = [...printed.matchAll(/Bearer (\w+)/g)].map((match) => ({
        authorization: `Bearer ${match[1] ?? ''}`,
      }))
      const url = `http://127.0.0.1:${port}/site-monitor`
      const telemetry = await fetch(`${url}/devices/rack-a.wm-01/telemetry`, { headers: read! })
      expect(await telemetry.json()).toMatchObject({ metrics: { success: true, stats: { status: 'mining' } } })
      const sent = await fetch(`${url}/devices/rack-b.sim-01/commands`, {
        method: 'POST',
        headers: { ...command!, 'content-type': 'application/json' },
        body: '{"command":"reboot"}',
      })
      const { commandId } = (await sent.json()) as { commandId: string }
      const fate = async () => (await fetch(`${url}/commands/${commandId}`, { headers: read! })).json()
      await expect.poll(fate, { timeout: 20_000 }).toMatchObject({ status: 'SUCCESS' })
      child?.kill('SIGTERM')
      expect(await ended).toBe(0)
      const logs = (await readdir(root.path)).filter((name) => name.endsWith('.log'))
      expect(logs).toHaveLength({ single: 1, local: 4, microservices: 5 }[topology])
      for (const log of logs) {
        const logged = await readFile(join(root.path, log), 'utf8')
        expect(logged, log).toContain('"msg":"stopping"')
        expect(logged, log).not.toMatch(/"level":"(error|fatal)"/)
      }
    })
  },
)

/** What it says before it ends by itself, and with what it ends. */
async function refuse(args: readonly string[]): Promise<{ said: string; code: unknown }> {
  const refused = spawn(process.execPath, [demo, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(refused, 'close').then(([code]) => code as unknown)
  return { said: await text(refused.stderr), code: await ended }
}

it.each([
  [['cluster'], 'name one of single, local, microservices'],
  [['single', 'local'], 'one demo at a time, and local is one more'],
  [['single', '--port', '99999'], '--port is a whole number from 1 to 65535'],
  [['single', '--devices', 'many'], '--devices is a whole number from 1 to 512'],
])('says how it is used when it is asked for %j', async (args, reason) => {
  const { said, code } = await refuse(args)
  expect(said).toContain(`${reason}\n\nThe demo site`)
  expect(said).toContain('usage: npm run demo -- single|local|microservices')
  expect(code).toBe(2)
})

it('says that its port is taken, and leaves nothing behind', async () => {
  const server = createServer((_, answer) => answer.end('no JSON')).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const path = join(root.path, 'demo')
  const { said, code } = await refuse(['local', '--port', String(port), '--dir', path])
  expect([said, code]).toEqual([`port ${port} is taken; give another with --port\n`, 1])
  expect(await readdir(root.path)).toEqual([])
  server.close()
})

it('says that another demo has its folder', async () => {
  const lock = await lockFolder(root.path, { lockTimeoutMs: 0 })
  const { said, code } = await refuse(['single', '--port', String(portOf(9)), '--dir', root.path])
  expect(said).toContain(
    'was held by another process for 0 ms; stop that process, or give this one a folder of its own',
  )
  expect(code).toBe(1)
  await lock.close()
})
