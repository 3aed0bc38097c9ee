import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { freePorts } from '../../api-server/free-ports.ts'
import type { Docker } from '../cluster/docker.ts'
import { ensureGoProgram } from '../cluster/go-program.ts'
import { terminalProgress } from '../cluster/progress.ts'
import { until } from './poll.ts'

/** A registry that keeps images in memory. */
const program = {
  name: 'registry',
  package: 'github.com/google/go-containerregistry/cmd/registry',
  version: 'v0.20.6',
} as const

export interface Registry {
  /** What names of images in it begin with, for Docker and for the nodes alike. */
  readonly place: string
  close(): Promise<void>
}

/** Builds the program of `startRegistry`, which a hook's limit may be too short for. */
export function prepareRegistry(): Promise<string> {
  return ensureGoProgram(program, terminalProgress())
}

/**
 * An image registry on loopback, which Docker trusts without TLS, and which the nodes reach by the same name: their containerd
 * is told that it is to be found at the gateway of kind's network. So it is for `otherNames`, hosts that the nodes alone know.
 */
export async function startRegistry(
  docker: Docker,
  nodes: readonly string[],
  otherNames: readonly string[] = [],
): Promise<Registry> {
  const [port = 0] = await freePorts(1)
  const server = spawn(await prepareRegistry(), ['-port', String(port)], { stdio: 'ignore' })
  const door = openDoor(port)
  try {
    await until('the registry answers', async () => ((await answers(port)) ? true : undefined), { timeoutMs: 30_000 })
    const gateway = await gatewayOf(docker)
    await once(door.listen(port, gateway), 'listening')
    for (const node of nodes) {
      for (const name of [`127.0.0.1:${port}`, ...otherNames]) {
        await introduce(docker, node, name, `http://${gateway}:${port}`)
      }
    }
  } catch (error) {
    await stop(server, door)
    throw error
  }
  return { place: `127.0.0.1:${port}/mdk`, close: () => stop(server, door) }
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/v2/`).then(
    (response) => response.ok,
    () => false,
  )
}

/** Passes connections on to the registry. */
function openDoor(port: number): Server {
  return createServer((from) => {
    const to = connect(port, '127.0.0.1')
    from.pipe(to).pipe(from)
    from.on('error', () => to.destroy())
    to.on('error', () => from.destroy())
  })
}

async function gatewayOf(docker: Docker): Promise<string> {
  const format = '{{range .IPAM.Config}}{{.Gateway}}\n{{end}}'
  const { stdout } = await docker.run(['network', 'inspect', 'kind', '--format', format])
  const gateway = stdout.split('\n').find((line) => /^[\d.]+$/.test(line))
  if (gateway === undefined) throw new Error(`kind's network has no IPv4 gateway: ${stdout}`)
  return gateway
}

/** Tells a node's containerd where to find a registry; read at each pull. */
async function introduce(docker: Docker, node: string, name: string, url: string): Promise<void> {
  const folder = `/etc/containerd/certs.d/${name}`
  const hosts = `server = "${url}"\n[host."${url}"]\ncapabilities = ["pull", "resolve"]\n`
  await docker.run(['exec', '-i', node, 'sh', '-c', `mkdir -p ${folder} && cat > ${folder}/hosts.toml`], {
    input: hosts,
  })
}

async function stop(server: ChildProcess, door: Server): Promise<void> {
  door.close()
  if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit')
}
