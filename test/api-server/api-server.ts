import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheFolder } from '../e2e/cluster/cache-folder.ts'
import { ensureKubernetesBinary } from '../e2e/cluster/programs.ts'
import { type Progress, terminalProgress } from '../e2e/cluster/progress.ts'
import { type Certificates, createCertificates } from './certificates.ts'
import { type ChildProgram, startChildProgram } from './child-program.ts'
import { freePorts } from './free-ports.ts'
import { type RegisteredServer, registerServer, sweepDeadServers } from './registry.ts'

export interface ApiServer {
  /** Path of an administrator's kubeconfig (client certificate). */
  kubeconfig: string
  /** `https://127.0.0.1:PORT` */
  url: string
  /** Has the logs of the programs. It is removed at `stop`. */
  directory: string
  /**
   * Starts kube-controller-manager with these controllers only (`garbagecollector`, `namespace`, `deployment`, …). Once.
   * The garbage collector learns of CRDs every 30 s: install them first, then start it, and it knows them at once.
   */
  startControllers(controllers: readonly string[]): Promise<void>
  /** Ends the programs and removes the data. Idempotent. */
  stop(): Promise<void>
}

export interface ApiServerOptions {
  /** Where data and logs go: must be new or empty, and is removed at `stop`. By default a new folder for temporary files. */
  directory?: string
  /** Controllers to start with the API server: see `startControllers`. */
  controllers?: readonly string[]
  /** Admission plugins besides those that are on by default. */
  admissionPlugins?: readonly string[]
  progress?: Progress
}

const READY_WITHIN_MS = 60_000
const POLL_MS = 50
/** A port that was free may be taken in the moment before its program listens. */
const ATTEMPTS = 3

/**
 * Starts a real etcd and kube-apiserver for tests: no root, no containers, ports of their own, so that several run side by side.
 * The programs end with this process; what a killed one could not clear, the next start clears.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { path: kubernetes } = await ensureKubernetesBinary(options.progress ?? terminalProgress())
  const registry = cacheFolder('api-servers')
  await sweepDeadServers(registry)
  for (let attempt = 1; ; attempt++) {
    const directory = await newDirectory(options.directory)
    const record = await registerServer(registry, directory)
    const { admissionPlugins = [] } = options
    const parts: Parts = { kubernetes, directory, record, admissionPlugins, programs: [] }
    try {
      const server = await startIn(parts)
      if (options.controllers !== undefined) await server.startControllers(options.controllers)
      return server
    } catch (error) {
      await clear(parts)
      if (attempt === ATTEMPTS || !(error instanceof Error && /address already in use/.test(error.message))) throw error
    }
  }
}

interface Parts {
  kubernetes: string
  directory: string
  record: RegisteredServer
  admissionPlugins: readonly string[]
  programs: ChildProgram[]
}

async function startIn(parts: Parts): Promise<ApiServer> {
  const [etcdPort = 0, peerPort = 0, port = 0] = await freePorts(3)
  const [certificates] = await Promise.all([
    createCertificates(parts.kubernetes, parts.directory, port),
    startProgram(parts, 'etcd', etcdArgs(parts.directory, etcdPort, peerPort)),
  ])
  const more =
    parts.admissionPlugins.length === 0 ? [] : [`--enable-admission-plugins=${parts.admissionPlugins.join()}`]
  await startProgram(parts, 'kube-apiserver', [...apiServerArgs(certificates.pki, etcdPort, port), ...more])
  for (const path of ['/readyz', '/api/v1/namespaces/default']) {
    await untilTrue('kube-apiserver', parts, () => answers(port, certificates, path))
  }
  return {
    kubeconfig: certificates.admin,
    url: `https://127.0.0.1:${port}`,
    directory: parts.directory,
    startControllers: async (controllers) => {
      const args = controllerArgs(certificates, controllers)
      await startProgram(parts, 'kube-controller-manager', [...args, '--secure-port=0'])
    },
    stop: () => clear(parts),
  }
}

async function startProgram(parts: Parts, name: string, args: readonly string[]): Promise<void> {
  const log = join(parts.directory, `${name}.log`)
  const program = await startChildProgram(name, [parts.kubernetes, name, ...args], log)
  parts.programs.push(program)
  await parts.record.addChild(program.pid)
}

async function clear({ programs, directory, record }: Parts): Promise<void> {
  await Promise.all(programs.map((program) => program.kill()))
  await rm(directory, { recursive: true, force: true })
  await record.forget()
}

async function newDirectory(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return mkdtemp(join(tmpdir(), 'mdk-api-server-'))
  await mkdir(wanted, { recursive: true })
  const entries = await readdir(wanted)
  if (entries.length > 0) throw new Error(`${wanted} is not empty; it would be removed at stop. Name a new folder.`)
  return wanted
}

function etcdArgs(directory: string, port: number, peerPort: number): string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
  return [
    '--name=bare',
    `--data-dir=${join(directory, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=bare=${peer}`,
  ]
}

function apiServerArgs(pki: string, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Never dialled: the reconciler of the "kubernetes" Service, which would refuse a loopback address, is off.
    '--advertise-address=10.255.255.1',
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${join(pki, 'apiserver.crt')}`,
    `--tls-private-key-file=${join(pki, 'apiserver.key')}`,
    `--client-ca-file=${join(pki, 'ca.crt')}`,
    `--service-account-key-file=${join(pki, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    // Without its controller no namespace has a default account, and so no pod could be made.
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged=true',
  ]
}

function controllerArgs({ pki, controllerManager }: Certificates, controllers: readonly string[]): string[] {
  return [
    `--kubeconfig=${controllerManager}`,
    `--controllers=${controllers.join(',')}`,
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    // It slows itself down to 20 requests a second otherwise, which many namespaces of a test would wait for.
    '--kube-api-qps=1000',
    '--kube-api-burst=1000',
    `--service-account-private-key-file=${join(pki, 'sa.key')}`,
    `--root-ca-file=${join(pki, 'ca.crt')}`,
  ]
}

/** Asks the API server for a path as an administrator; true if it answers 200. */
async function answers(port: number, { adminTls }: Certificates, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, ...adminTls, agent: false, timeout: 5_000 }
    const asked = request(options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

async function untilTrue(name: string, { programs }: Parts, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (!(await check())) {
    for (const program of programs) await program.assertRunning()
    if (Date.now() > deadline) throw new Error(`${name} was not ready within ${READY_WITHIN_MS / 1_000} s`)
    await delay(POLL_MS)
  }
}
