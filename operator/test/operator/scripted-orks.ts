import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { type OrkStatus, statusTokenHeader } from '../../../runtime/src/contract/index.ts'
import type { OrkReach } from '../../src/ork-link/ork-reach.ts'

/** Stands in for the pods of ORKs, which can't run without nodes: one HTTP server with the status stream of every site. */
export interface ScriptedOrks {
  /** What a site's ORK says from now on, to those that listen and those that will; null: it is away. */
  say(site: string, status: OrkStatus | null): void
  /** Tokens that were shown for a site's status, the last one first. */
  tokens(site: string): readonly string[]
  /** How many listen to the site's ORK now. */
  listeners(site: string): number
  /** A way to these ORKs, for one operator. */
  reach(): OrkReach
  /** Where the status of a site's ORK is, for a proxy that leads there. */
  url(site: string): string
  close(): Promise<void>
}

const beatMs = 1_000

interface Stream {
  readonly site: string
  readonly response: ServerResponse
  readonly epoch: string
  seq: number
}

export async function startScriptedOrks(): Promise<ScriptedOrks> {
  const statuses = new Map<string, OrkStatus>()
  const tokens = new Map<string, string[]>()
  const streams = new Set<Stream>()
  let starts = 0

  const write = ({ response, epoch, seq }: Stream, line: object) => {
    response.write(`${JSON.stringify({ ...line, epoch, seq })}\n`)
  }
  const tell = (stream: Stream, before: OrkStatus, status: OrkStatus) => {
    for (const line of changesOf(before, status)) {
      stream.seq += 1
      write(stream, line)
    }
  }
  const server = createServer((incoming, response) => {
    const site = new URL(incoming.url ?? '', 'http://ork').pathname.slice(1)
    // The API server's proxy takes the Authorization header away: who comes that way shows the token in another.
    const shown = incoming.headers[statusTokenHeader] ?? incoming.headers.authorization?.replace('Bearer ', '') ?? ''
    tokens.set(site, [String(shown), ...(tokens.get(site) ?? [])])
    if (!statuses.has(site)) {
      response.writeHead(503).end()
      return
    }
    starts += 1
    const stream = { site, response: response.writeHead(200), epoch: String(starts), seq: 0 }
    streams.add(stream)
    response.on('close', () => streams.delete(stream))
    write(stream, { type: 'snapshot', status: statuses.get(site) })
  })
  const beat = setInterval(() => streams.forEach((stream) => write(stream, { type: 'beat' })), beatMs)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    say(site, status) {
      const before = statuses.get(site)
      if (status === null) statuses.delete(site)
      else statuses.set(site, status)
      for (const stream of [...streams].filter((one) => one.site === site)) {
        // Another key is another process.
        if (status === null || before?.publicKey !== status.publicKey) stream.response.destroy()
        else tell(stream, before, status)
      }
    },
    tokens: (site) => tokens.get(site) ?? [],
    listeners: (site) => [...streams].filter((stream) => stream.site === site).length,
    url: (site) => `http://127.0.0.1:${port}/${site}`,
    reach: () => ({
      async open({ namespace, name }, token, signal) {
        const headers = { authorization: `Bearer ${token}` }
        const { statusCode, body } = await request(`http://127.0.0.1:${port}/${namespace}/${name}`, { signal, headers })
        if (statusCode === 200) return body
        await body.dump()
        throw new Error(`status ${statusCode}`)
      },
      close: () => Promise.resolve(),
    }),
    close: async () => {
      clearInterval(beat)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What the stream says of a change, line by line. */
function changesOf(before: OrkStatus, after: OrkStatus): object[] {
  const texts = new Map(before.workers.map((worker) => [worker.workerId, JSON.stringify(worker)]))
  const ids = new Set(after.workers.map(({ workerId }) => workerId))
  const changed = after.workers.filter((worker) => texts.get(worker.workerId) !== JSON.stringify(worker))
  const isNew = (part: 'files' | 'diagnosis') => JSON.stringify(before[part]) !== JSON.stringify(after[part])
  return [
    ...changed.map((worker) => ({ type: 'worker', worker })),
    ...[...texts.keys()].filter((id) => !ids.has(id)).map((workerId) => ({ type: 'worker-gone', workerId })),
    ...(isNew('files') ? [{ type: 'files', files: after.files }] : []),
    ...(isNew('diagnosis') ? [{ type: 'diagnosis', diagnosis: after.diagnosis }] : []),
  ]
}
