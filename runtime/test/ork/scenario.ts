import type { NetworkNode } from '../../src/net/network-node.ts'
import type { Command } from '../../src/ork/modules/command-state-machine/machine.ts'
import { parseRecord } from '../../src/ork/modules/command-state-machine/record.ts'
import type { Envelope } from '../../src/protocol/envelope.ts'
import type { DispatchedCommand } from '../../src/protocol/payloads.ts'
import { MemoryBench } from './memory-bench.ts'
import type { ScriptedWorker } from './scripted-worker.ts'
import { type Caller, entryOf, pairOf, rosterOf, startScripted, type TestSite } from './test-site.ts'

/**
 * Runs a scenario: text whose lines with `> ` are what happens, and in which all that follows from each stands below it. Returns the
 * text as it should be; lines with `#` are kept.
 */
export async function runScenario(text: string): Promise<string> {
  const scenario = new Scenario()
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '') lines.push(line)
    if (!line.startsWith('> ')) continue
    lines.push(line, ...(await scenario.act(line.slice(2))))
  }
  await scenario.close()
  return lines.join('\n')
}

interface HostedWorker {
  readonly worker: ScriptedWorker
  readonly node: NetworkNode
}

type Act = (scenario: Scenario, words: readonly string[]) => unknown

/** `ork [maxQueued]`, `worker w1 d1 d2`, `send d1 reboot [key]`, `cancel #1`, `wait 30` (seconds), … */
const acts: Readonly<Record<string, Act>> = {
  worker: (scenario, [name = '', ...devices]) => scenario.startWorker(name, devices),
  ork: (scenario, [maxQueued]) => scenario.startOrk(maxQueued),
  'kill-ork': (scenario) => scenario.killOrk(),
  kill: (scenario, [name = '']) => scenario.bench.network.cut(scenario.host(name).node.publicKey),
  dismiss: (scenario) => scenario.dismissWorkers(),
  silence: (scenario, [name = '']) => void scenario.host(name).worker.silentOn.add('command.request'),
  speak: (scenario, [name = '']) => scenario.host(name).worker.silentOn.clear(),
  forget: (scenario, [name = '']) => scenario.host(name).worker.forget(),
  'without-memory': (scenario, [name = '']) => void (scenario.host(name).worker.pong = { status: 'OK' }),
  fails: (scenario, [name = '', ...error]) => {
    scenario.host(name).worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: error.join(' ') })
  },
  disk: (scenario, [state]) => void (scenario.bench.store.writable = state === 'free'),
  send: (scenario, [device, command, key]) =>
    scenario.ask('command.request', { command, ...(key !== undefined && { idempotencyKey: key }) }, device),
  'send-worker': (scenario, [workerId, command, ...targets]) =>
    scenario.ask('command.request', { command, scope: 'worker', workerId, ...(targets.length > 0 && { targets }) }),
  cancel: (scenario, [id = '']) => scenario.ask('command.cancel', { commandId: scenario.idOf(id) }),
  status: (scenario, [id = '']) => scenario.ask('command.status', { commandId: scenario.idOf(id) }),
  wait: (scenario, [seconds]) => scenario.bench.clock.advance(Number(seconds) * 1_000),
}

class Scenario {
  readonly bench = new MemoryBench()
  readonly #startedAt = this.bench.clock.now()
  readonly #hosts = new Map<string, HostedWorker>()
  /** Ids by the order in which they are first seen. */
  readonly #ids: string[] = []
  #trace: string[] = []
  #site: TestSite | undefined
  #caller: Caller | undefined

  constructor() {
    this.bench.onRecord = (commandId, record) => this.#tell(`disk: ${commandId} ${formatRecord(record)}`)
  }

  /** Does it, and gives what followed. */
  async act(line: string): Promise<readonly string[]> {
    const [verb = '', ...words] = line.split(' ')
    const act = acts[verb]
    if (act === undefined) throw new Error(`a scenario has no '${verb}'`)
    await act(this, words)
    await this.bench.clock.advance(0)
    return this.#trace.splice(0)
  }

  host(name: string): HostedWorker {
    const host = this.#hosts.get(name)
    if (host === undefined) throw new Error(`the scenario has no worker ${name}`)
    return host
  }

  async startWorker(name: string, devices: readonly string[]): Promise<void> {
    const { bench } = this
    bench.network.restore(pairOf(name).publicKey)
    const node = bench.network.join(pairOf(name))
    const worker = await startScripted(node, name, [...devices])
    worker.onAsked = (request) => this.#tell(`${name}: is asked ${formatRequest(request)}`)
    worker.onCommand = ({ payload }) => {
      this.#tell(`${name}: runs ${String(payload['commandId'])}`)
      return Promise.resolve({})
    }
    this.#hosts.set(name, { worker, node })
    await bench.clock.advance(2_000)
  }

  async startOrk(maxQueued?: string): Promise<void> {
    const settings = maxQueued === undefined ? {} : { commands: { maxQueued: Number(maxQueued) } }
    this.#site = await this.bench.startOrk(this.#roster(), { settings })
    await this.bench.clock.advance(1_000)
    this.#caller = await this.bench.connect()
  }

  async killOrk(): Promise<void> {
    if (this.#site !== undefined) await this.bench.killOrk(this.#site)
  }

  async dismissWorkers(): Promise<void> {
    await this.#site?.setRoster(rosterOf([]))
  }

  async ask(action: string, payload: object, device?: string): Promise<void> {
    const reply = (await this.#caller?.ask(action, payload, device ?? null)) as Record<string, string | null>
    const shown = ['status', 'cancelled', 'error', 'retries'].flatMap((field) =>
      reply[field] === undefined || reply[field] === null ? [] : [`${field}=${reply[field]}`],
    )
    this.#tell(`caller: ${action} ${[reply['commandId'] ?? null, ...shown].filter((part) => part !== null).join(' ')}`)
  }

  idOf(number: string): string {
    return this.#ids[Number(number.slice(1)) - 1] ?? number
  }

  async close(): Promise<void> {
    await this.bench.close()
  }

  #roster(): ReturnType<typeof rosterOf> {
    return rosterOf([...this.#hosts].map(([name, { node }]) => entryOf(node, name)))
  }

  #tell(event: string): void {
    const seconds = ((this.bench.clock.now() - this.#startedAt) / 1_000).toFixed(3)
    this.#trace.push(`${seconds.padStart(9)} ${event.replaceAll(uuid, (id) => this.#numberOf(id))}`)
  }

  #numberOf(id: string): string {
    if (!this.#ids.includes(id)) this.#ids.push(id)
    return `#${this.#ids.indexOf(id) + 1}`
  }
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

function formatRecord(written: object | string): string {
  const parsed = parseRecord(typeof written === 'string' ? JSON.parse(written) : written)
  if (parsed.kind === 'newer') throw new Error('ORK wrote what it cannot read')
  const { retries } = parsed.kind === 'open' ? parsed.command : parsed.record
  const told =
    parsed.kind === 'open' ? ['OPEN', formatSentTo(parsed.command)] : [parsed.record.status, parsed.record.error]
  return [...told, retries > 0 ? `retries=${retries}` : null].filter((part) => part !== null).join(', ')
}

function formatSentTo({ sentTo }: Command): string {
  return sentTo === null ? 'never sent' : `sent to instance ${sentTo.instanceId ?? 'without memory'}`
}

function formatRequest({ deviceId, payload }: Envelope): string {
  const { commandId, command, targets, repeat } = payload as unknown as DispatchedCommand
  const more = [targets === undefined ? '' : ` targets=${targets.join()}`, repeat === undefined ? '' : ', as a repeat']
  return `${commandId} ${command} ${deviceId ?? 'all'}${more.join('')}`
}
