import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { inject } from 'vitest'
import { kubectlProgram, placeOf } from '../../../scripts/site/kubectl.ts'
import { secretValue } from './kube.ts'

/** A port of a pod or Service, reachable from here while it is open. */
export interface Forward {
  readonly url: string
  close(): void
}

/** `kubectl port-forward` to a free local port. */
export async function forward(namespace: string, object: string, port: number): Promise<Forward> {
  const target = { kubeconfig: inject('kubeconfig'), context: inject('context') }
  const args = [...placeOf(target), '-n', namespace, 'port-forward', object, `:${port}`]
  const child = spawn(await kubectlProgram(), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const local = /127\.0\.0\.1:(\d+)/.exec(line)?.[1]
  if (local === undefined) throw new Error(`port-forward of ${object} said: ${line}`)
  return { url: `http://127.0.0.1:${local}`, close: () => void child.kill() }
}

export interface Reply {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A caller of a site's App Node with one of its tokens. */
export async function appNodeCaller(namespace: string, site: string, permission: 'read' | 'command') {
  const token = await secretValue(namespace, `${site}-app-node-tokens`, permission)
  const { url, close } = await forward(namespace, `service/${site}-app-node`, 3000)
  const call = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { call, close }
}
