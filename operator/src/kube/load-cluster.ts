import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'

/** What identifies the two ends of a connection. */
export interface TlsMaterial {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean | undefined
}

export interface Authorization {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsMaterial
  /** Equal for equal `tls`: a new connection pool is needed when it changes. */
  readonly tlsFingerprint: string
}

/** An API server, and how to be let in there. */
export interface Cluster {
  /** URL without a slash at the end. */
  readonly server: string
  /** HTTP proxy on the way there. */
  readonly proxyUrl: string | null
  /** Namespace of the context, or of the pod. */
  readonly namespace: string | null
  /** As of now: tokens rotate, exec plugins run again, certificate files change. */
  authorize(): Promise<Authorization>
}

export interface ClusterOptions {
  /** Paths of kubeconfig files, merged in this order. Empty: the pod's service account. */
  readonly kubeconfigPaths: readonly string[]
  /** Name of a context; null for the current one. */
  readonly context: string | null
}

/** Reads kubeconfig files or the pod's service account. Throws a sentence for people if that doesn't name a cluster. */
export function loadCluster(options: ClusterOptions): Cluster {
  const config = loadConfig(options)
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    throw new Error('the kubeconfig has no current context: choose one with kubectl config use-context or --context')
  }
  return {
    server: cluster.server.replace(/\/+$/, ''),
    proxyUrl: cluster.proxyUrl ?? null,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? null,
    authorize: () => authorize(config),
  }
}

function loadConfig({ kubeconfigPaths, context }: ClusterOptions): KubeConfig {
  const config = new KubeConfig()
  const [first, ...others] = kubeconfigPaths
  if (first === undefined) config.loadFromCluster()
  else config.loadFromFile(first)
  for (const path of others) {
    const other = new KubeConfig()
    other.loadFromFile(path)
    config.mergeConfig(other, true)
  }
  if (context === null) return config
  const known = config.getContexts().map(({ name }) => name)
  if (!known.includes(context)) {
    throw new Error(`context ${context} is not in the kubeconfig (it has ${known.join(', ') || 'none'})`)
  }
  config.setCurrentContext(context)
  return config
}

async function authorize(config: KubeConfig): Promise<Authorization> {
  const options: RequestOptions = { headers: {} }
  await config.applyToHTTPSOptions(options)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value)
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  }
  const tls: TlsMaterial = {
    ca: textOf(options.ca),
    cert: textOf(options.cert),
    key: textOf(options.key),
    servername: options.servername,
    rejectUnauthorized: options.rejectUnauthorized,
  }
  return { headers, tls, tlsFingerprint: createHash('sha256').update(JSON.stringify(tls)).digest('hex') }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined
}
