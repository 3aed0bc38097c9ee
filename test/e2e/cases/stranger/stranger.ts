/**
 * A process that is no part of a site and has all that knowing the site's topic gives: it announces under it, claims to be one
 * of the site's workers, and calls ORK and that worker by their keys and at their addresses. Each round it prints one line,
 * a `Round`. Its settings are `Settings`, as JSON in the variable STRANGER; POD_IP is its own address.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { keyPairOfSeed } from '../../../../runtime/src/contract/key-pair.ts'
import { startDhtNode } from '../../../../runtime/src/net/dht-node.ts'
import { LinkError, type Peer } from '../../../../runtime/src/net/link.ts'
import { envelopesOf } from '../../../../runtime/src/protocol/envelope.ts'

export interface Settings {
  readonly seed: string
  readonly topic: string
  /** `host:port` of the site's DHT nodes. */
  readonly bootstrap: readonly string[]
  readonly port: number
  /** The worker that it claims to be, and calls. */
  readonly workerId: string
  readonly worker: Peer
  readonly ork: Peer
  /** Requests that it sends besides: a URL, with or without a token. */
  readonly http: readonly { readonly url: string; readonly token?: string; readonly command?: true }[]
}

export interface Round {
  /** Whether a DHT node of the site holds its record. */
  readonly announced: boolean
  /** How often somebody called it. */
  readonly calls: number
  /** What became of calls: the text of the answer, or why there was none. */
  readonly ork: string
  readonly worker: string
  /** Status codes, 0 for no answer. */
  readonly http: readonly number[]
}

const settings = JSON.parse(process.env['STRANGER'] ?? '') as Settings
const limit = { timeoutMs: 3_000 }
const envelopes = envelopesOf('ork:kernel:default', { newId: () => crypto.randomUUID(), now: () => Date.now() })
let calls = 0

const node = await startDhtNode({
  identity: keyPairOfSeed(settings.seed),
  bootstrap: settings.bootstrap,
  host: process.env['POD_IP'] ?? '',
  port: settings.port,
})
await node.listen({
  admits: () => true,
  answer: (message) => {
    calls += 1
    const asked = JSON.parse(message.toString()) as { action: 'identity.request'; sender: string; deviceId: null }
    const { workerId } = settings
    const claim = { workerId, driver: 'simulated', model: null, devices: [{ deviceId: 'rack-1.stolen' }] }
    return Promise.resolve(Buffer.from(JSON.stringify(envelopes.reply(asked, claim))))
  },
})
const announcement = node.announce(settings.topic, node.publicKey)

async function call(peer: Peer, request: object): Promise<string> {
  try {
    const link = await node.dial(peer, limit)
    const answer = await link.request(Buffer.from(JSON.stringify(request)), limit)
    link.close()
    return answer.toString()
  } catch (error) {
    if (error instanceof LinkError) return error.failure
    throw error
  }
}

async function ask({ url, token, command }: Settings['http'][number]): Promise<number> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  if (command !== undefined) headers['content-type'] = 'application/json'
  const body = command === undefined ? {} : { method: 'POST', body: JSON.stringify({ command: 'reboot', params: {} }) }
  const signal = AbortSignal.timeout(limit.timeoutMs)
  return fetch(url, { headers, signal, ...body }).then(
    ({ status }) => status,
    () => 0,
  )
}

for (;;) {
  const [ork, worker, ...http] = await Promise.all([
    call(settings.ork, envelopes.toOrk('worker.list', {})),
    call(settings.worker, envelopes.toWorker('identity.request', {})),
    ...settings.http.map(ask),
  ])
  const round: Round = { announced: announcement.announced, calls, ork, worker, http }
  process.stdout.write(`${JSON.stringify(round)}\n`)
  await sleep(500)
}
