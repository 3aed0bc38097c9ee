import { hostname } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type LogLevel, logLevels } from './log.ts'

/** What the operator is started with. Each setting is a flag or a variable; the flag wins. */
export interface Config {
  /** Image of all that the operator runs for a site. */
  readonly runtimeImage: string
  /** Namespaces to look after. */
  readonly namespaces: readonly string[] | 'all'
  /** null: this process is alone. */
  readonly leaderElection: { readonly namespace: string; readonly identity: string } | null
  /** TCP port of probes and metrics. */
  readonly port: number
  readonly logLevel: LogLevel
  /** DNS domain of the cluster, for names that leave a namespace. */
  readonly clusterDomain: string
  /** Whether this process is a pod of the cluster that it looks after. */
  readonly inCluster: boolean
  /** Kubeconfig files, merged in this order; empty in the cluster. */
  readonly kubeconfigPaths: readonly string[]
  /** Context of the kubeconfig; null for its current one. */
  readonly context: string | null
}

/** Wrong settings, all of them in one message for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

interface Setting {
  readonly variable: string
  readonly help: string
}

/** Flags, their variables and what they are for; the reference page is made of it. */
export const settings = {
  'runtime-image': { variable: 'MDK_RUNTIME_IMAGE', help: 'image of ORK, workers, App Node and DHT nodes; required' },
  namespaces: { variable: 'MDK_NAMESPACES', help: 'namespaces to look after, separated by commas; all if empty' },
  'leader-election': { variable: 'MDK_LEADER_ELECTION', help: 'true or false; true in a cluster' },
  'lease-namespace': { variable: 'POD_NAMESPACE', help: 'namespace of the lease; needed for leader election' },
  identity: { variable: 'POD_NAME', help: 'name of this process in the lease; host name and process number if empty' },
  port: { variable: 'MDK_PORT', help: 'TCP port of probes and metrics; 8080' },
  'log-level': { variable: 'LOG_LEVEL', help: `${logLevels.join(', ')}; info` },
  'cluster-domain': { variable: 'MDK_CLUSTER_DOMAIN', help: 'DNS domain of the cluster; cluster.local' },
  kubeconfig: { variable: 'KUBECONFIG', help: 'kubeconfig files; ~/.kube/config outside a cluster' },
  context: { variable: 'MDK_CONTEXT', help: 'context of the kubeconfig; its current one if empty' },
} as const satisfies Record<string, Setting>

type Name = keyof typeof settings
type Environment = Readonly<Record<string, string | undefined>>

/** Reads this process's flags and environment. Throws ConfigError. */
export function readConfig(): Config {
  return parseConfig(process.argv.slice(2), process.env, `${hostname()}-${process.pid}`)
}

const portRange = 'must be a port, 0 to 65535'
const given = z.object({
  'runtime-image': z.string('is missing: give the image that sites run'),
  namespaces: z.string().default(''),
  'leader-election': z.enum(['true', 'false'], 'must be true or false').optional(),
  'lease-namespace': z.string().optional(),
  identity: z.string().optional(),
  port: z.coerce.number(portRange).int(portRange).min(0, portRange).max(65_535, portRange).default(8080),
  'log-level': z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  'cluster-domain': z.string().default('cluster.local'),
  kubeconfig: z.string().default(''),
  context: z.string().default(''),
} satisfies Record<Name, z.ZodType>)
type Given = z.output<typeof given>
const names = given.keyof().options

/** Throws ConfigError, which names everything that is wrong. */
export function parseConfig(args: readonly string[], environment: Environment, self: string): Config {
  const settled = parseGiven(args, environment)
  const isPod = (environment['KUBERNETES_SERVICE_HOST'] ?? '') !== ''
  const inCluster = isPod && settled.kubeconfig === ''
  return {
    runtimeImage: settled['runtime-image'],
    namespaces: parseNamespaces(settled.namespaces),
    leaderElection: parseElection(settled, inCluster, self),
    port: settled.port,
    logLevel: settled['log-level'],
    clusterDomain: settled['cluster-domain'],
    inCluster,
    kubeconfigPaths: inCluster ? [] : kubeconfigPaths(settled.kubeconfig, environment['HOME'] ?? ''),
    context: settled.context === '' ? null : settled.context,
  }
}

/** Flags before variables; an empty text counts as not given. */
function parseGiven(args: readonly string[], environment: Environment): Given {
  const flags = parseFlags(args)
  const texts = names.map((name) => [name, flags[name] ?? environment[settings[name].variable] ?? ''] as const)
  const parsed = given.safeParse(Object.fromEntries(texts.filter(([, text]) => text !== '')))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = names.find((known) => known === path[0])
    return name === undefined ? message : `${nameOf(name)} ${message}`
  })
  throw new ConfigError(problems.join('\n'))
}

function parseElection(settled: Given, inCluster: boolean, self: string): Config['leaderElection'] {
  const wanted = settled['leader-election'] ?? String(inCluster)
  if (wanted === 'false') return null
  const namespace = settled['lease-namespace']
  if (namespace === undefined) {
    throw new ConfigError(`${nameOf('lease-namespace')} is missing: leader election needs it`)
  }
  return { namespace, identity: settled.identity ?? self }
}

function nameOf(name: Name): string {
  return `--${name} (or ${settings[name].variable})`
}

function parseFlags(args: readonly string[]): Partial<Record<Name, string>> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    const known = Object.entries(settings).map(([name, { variable, help }]) => `  --${name} (${variable}): ${help}`)
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`${why}\nWhat there is:\n${known.join('\n')}`, { cause: error })
  }
}

function parseNamespaces(text: string): readonly string[] | 'all' {
  const names = text.split(',').map((name) => name.trim())
  const given = [...new Set(names)].filter((name) => name !== '')
  return given.length === 0 ? 'all' : given
}

function kubeconfigPaths(text: string, home: string): readonly string[] {
  const given = text.split(delimiter).filter((path) => path !== '')
  return given.length === 0 ? [join(home, '.kube', 'config')] : given
}
