/** A program that calls ORK with the client library, in a process of its own. */
import { createMdkClient, type MdkClient } from '../../../runtime/src/client/mdk-client.ts'
import type { OrkAnswer } from '../../../runtime/src/client/ork-answer.ts'
import { forEachBounded } from '../../../runtime/src/machine/bounded-fan-out.ts'
import { serveJobs } from './child.ts'
import { type ClosedLoop, type OpenLoop, type Served, serveClosedLoop, serveCount, serveOpenLoop } from './load.ts'

let connected: MdkClient | undefined

function client(): MdkClient {
  if (connected === undefined) throw new Error('connect first')
  return connected
}

interface ConnectOptions {
  readonly key: string
  readonly bootstrap: readonly string[]
  readonly seed: string
}

interface Devices {
  readonly deviceIds: readonly string[]
}

function randomPower() {
  return { pct: Math.floor(Math.random() * 101) }
}

async function send(deviceId: string): Promise<void> {
  valueOf(await client().sendCommand(deviceId, 'setPowerPct', randomPower()))
}

async function runCommand(deviceId: string): Promise<void> {
  const { status, error } = valueOf(await client().runCommand(deviceId, 'setPowerPct', randomPower()))
  if (status !== 'SUCCESS') throw new Error(`a command ended as ${status}: ${error?.code}`)
}

function valueOf<Value>(answer: OrkAnswer<Value>): Value {
  if (answer.kind === 'failed') throw new Error(`${answer.code}: ${answer.message}`)
  return answer.value
}

function deviceOf({ deviceIds }: Devices, number: number): string {
  const deviceId = deviceIds[number % deviceIds.length]
  if (deviceId === undefined) throw new Error('there are no devices')
  return deviceId
}

const jobs = {
  async connect({ key, bootstrap, seed }: ConnectOptions): Promise<void> {
    connected = createMdkClient({ hrpc: { key, bootstrap, seed, host: '127.0.0.1' } })
    valueOf(await connected.connect({ timeoutMs: 30_000 }))
  },
  /** Waits until so many workers serve. */
  async waitForWorkers({ count }: { readonly count: number }): Promise<void> {
    valueOf(await client().waitForWorkers({ count, timeoutMs: 120_000 }))
  },
  commands: (loop: ClosedLoop & Devices): Promise<Served> =>
    serveClosedLoop((lane) => runCommand(deviceOf(loop, lane)), loop),
  commandCount: ({ count, ...devices }: Devices & { readonly count: number }): Promise<Served> =>
    serveCount((lane) => runCommand(deviceOf(devices, lane)), count, 64),
  acknowledgements: (loop: OpenLoop & Devices): Promise<Served> =>
    serveOpenLoop((number) => send(deviceOf(loop, number)), loop),
  /** Page after page of the list, 100 workers each. */
  listPages({ workers, ...loop }: ClosedLoop & { readonly workers: number }): Promise<Served> {
    let offset = 0
    return serveClosedLoop(async () => {
      const { items } = valueOf(await client().listWorkersPage({ offset, limit: 100 }))
      if (items.length === 0) throw new Error(`there is nobody on the page from ${offset} on`)
      offset = (offset + 100) % workers
    }, loop)
  },
  /** Pulls the state of the worker of each of these devices. */
  async pullStates({ deviceIds }: Devices): Promise<void> {
    await forEachBounded(deviceIds, 16, async (deviceId) => void valueOf(await client().pullState(deviceId)))
  },
}

export type OrkCallerJobs = typeof jobs

serveJobs(jobs)
