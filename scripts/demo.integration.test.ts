import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
        const text = await readFile(join(root.path, log), 'utf8')
        expect(text, log).toContain('"msg":"stopping"')
        expect(text, log).not.toMatch(/"level":"(error|fatal)"/)
      }
    })
  },
)

it('says how it is used when it is asked for anything else', async () => {
  const { stderr } = spawn(process.execPath, [demo, 'cluster'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  for await (const chunk of stderr) said += String(chunk)
  expect(said).toContain('usage: npm run demo -- single|local|microservices')
})
