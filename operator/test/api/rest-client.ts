import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, type AgentOptions, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { KubeConfig } from '@kubernetes/client-node'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The API server's REST interface, with nothing between it and the test. */
export interface RestClient {
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Server-side apply. */
  apply(path: string, object: unknown): Promise<Answer>
  close(): void
}

export async function openRestClient(kubeconfig: string): Promise<RestClient> {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new Error(`${kubeconfig} names no cluster`)
  const options: AgentOptions = {}
  await config.applyToHTTPSOptions(options)
  const agent = new Agent({ ...options, keepAlive: true })

  const send: RestClient['send'] = async (method, path, body, headers = {}) => {
    const payload = body === undefined ? '' : JSON.stringify(body)
    const outgoing = request(new URL(path, server), {
      method,
      agent,
      headers: { 'content-type': 'application/json', ...headers, 'content-length': Buffer.byteLength(payload) },
    })
    outgoing.end(payload)
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    const reply = await text(response)
    const json = response.headers['content-type']?.startsWith('application/json') === true
    return { status: response.statusCode ?? 0, body: json ? JSON.parse(reply) : reply }
  }
  return {
    send,
    apply: (path, object) =>
      send('PATCH', `${path}?fieldManager=test&force=true`, object, { 'content-type': 'application/apply-patch+yaml' }),
    close: () => {
      agent.destroy()
    },
  }
}
