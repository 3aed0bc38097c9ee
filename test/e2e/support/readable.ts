import { statusPaths, statusPort, statusTokenHeader } from '../../../runtime/src/contract/index.ts'
import type { Readable, Secret } from '../../secrets/find-leaks.ts'
import { forward } from './app-node.ts'
import { list, run, type Seen } from './kube.ts'
import { until } from './poll.ts'

/** Keys of Secrets that hold no secret by themselves. */
const open = new Set(['publicKey', 'devices.json'])

/** Every value of every Secret of a namespace. */
export async function secretsOf(namespace: string): Promise<Secret[]> {
  const secrets = await list(namespace, 'secrets')
  return secrets.flatMap(({ metadata, data = {} }) =>
    Object.entries(data)
      .filter(([key]) => !open.has(key))
      .flatMap(([key, value]) =>
        Buffer.from(value, 'base64')
          .toString()
          .split('\n')
          .map((line) => ({ name: `${key} of Secret ${metadata.name}`, value: line })),
      ),
  )
}

/** Every object of a namespace but its Secrets, with what is known of who wrote it: status, events, environments and all. */
export async function readObjects(namespace: string): Promise<Readable[]> {
  const kinds = await run(['api-resources', '--namespaced', '--verbs=list', '-o', 'name'])
  const readable = kinds.split('\n').filter((kind) => kind !== '' && kind !== 'secrets')
  const args = ['-n', namespace, 'get', readable.join(), '-o', 'json', '--show-managed-fields']
  const { items } = JSON.parse(await run(args)) as { items: Seen[] }
  return items.map((object) => ({
    place: `${object.kind} ${namespace}/${object.metadata.name}`,
    text: JSON.stringify(object),
  }))
}

/** The logs of every container, and of the one before if it was restarted. */
export async function readLogs(namespace: string): Promise<Readable[]> {
  const pods = await list(namespace, 'pods')
  const logs = pods.flatMap(({ metadata, status }) => {
    const restarts = status?.containerStatuses?.reduce((sum, { restartCount }) => sum + restartCount, 0) ?? 0
    const read = async (what: string, ...args: string[]) => ({
      place: `${what} of pod ${namespace}/${metadata.name}`,
      text: await run(['-n', namespace, 'logs', metadata.name, '--all-containers', ...args]),
    })
    return [read('the log'), ...(restarts > 0 ? [read('the previous log', '--previous')] : [])]
  })
  return Promise.all(logs)
}

/** What every process of a namespace tells at its status port, with a token for its status if there is one. */
export async function readStatusPorts(namespace: string, selector: string, token?: string): Promise<Readable[]> {
  const paths = [statusPaths.metrics, ...(token === undefined ? [] : [statusPaths.status])]
  const headers: Record<string, string> = token === undefined ? {} : { [statusTokenHeader]: token }
  const pods = await list(namespace, 'pods', selector)
  const read = pods.map(async ({ metadata }) => {
    const { url, close } = await forward(namespace, `pod/${metadata.name}`, statusPort)
    try {
      return await Promise.all(
        paths.map(async (path) => {
          const place = `${path} of pod ${namespace}/${metadata.name}`
          // A token that was changed a moment ago is on its way to the process.
          const answered = async () => {
            const response = await fetch(`${url}${path}`, { headers })
            const text = await response.text()
            return response.status === 200 ? { place, text } : undefined
          }
          return until(`${place} is shown`, answered, { timeoutMs: 60_000 })
        }),
      )
    } finally {
      close()
    }
  })
  return (await Promise.all(read)).flat()
}
