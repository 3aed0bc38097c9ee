/**
 * The environment as one typed value, and the only place of the runtime that reads it. Every variable is of
 * `contract/env.ts`; an empty one counts as unset.
 */
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { driverFacts, findDriver, knowsModel } from './contract/driver-facts.ts'
import { appNodePort, dhtPort, statusPort } from './contract/endpoints.ts'
import { env as names, services } from './contract/env.ts'
import { defaultConfigDir, defaultStateDir } from './contract/file-layout.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

const durabilities = ['fast', 'powerLoss'] as const
type Durability = (typeof durabilities)[number]

/** What every program has. Ports are TCP unless they say UDP; port 0 takes any free one. */
interface ProcessConfig {
  readonly configDir: string
  readonly stateDir: string
  readonly statusPort: number
  readonly logLevel: LogLevel
}

/** What every program has that finds others. */
export interface PeerConfig extends ProcessConfig {
  /** IPv4 address to bind and to announce. */
  readonly podIp: string
  /** UDP port. */
  readonly dhtPort: number
  /** The folder in which processes of one machine find each other; absent where they do over a DHT. */
  readonly sharedDir?: string
}

export interface DhtConfig extends PeerConfig {
  readonly service: 'dht'
}

export interface OrkConfig extends PeerConfig {
  readonly service: 'ork'
  /** What an accepted command survives. */
  readonly durability: Durability
}

export interface WorkerConfig extends PeerConfig {
  readonly service: 'worker'
  /** A name in `driverFacts`. */
  readonly driver: string
  /** The only model that it serves; null means every model of the driver. */
  readonly model: string | null
  readonly rack: string
  /** Its name on the wire. */
  readonly workerId: string
  /** What its memory of commands survives. */
  readonly durability: Durability
}

export interface AppNodeConfig extends PeerConfig {
  readonly service: 'app-node'
  /** Of the HTTP API. */
  readonly port: number
}

/** ORK, workers and App Node in one process: nothing of it is on a network but the HTTP API. */
export interface SiteConfig extends ProcessConfig {
  readonly service: 'site'
  /** What an accepted command and the workers' memories of commands survive. */
  readonly durability: Durability
  /** Of the HTTP API. */
  readonly port: number
}

export interface SimulatorConfig extends ProcessConfig {
  readonly service: 'simulator'
  /** A driver whose devices are reached over the network. */
  readonly driver: string
  readonly model: string | null
  /** Device n (from 0) listens on `port + n`. */
  readonly port: number
  readonly count: number
}

/** Everything a process gets from its environment, told apart by `service`. */
export type Config = DhtConfig | OrkConfig | WorkerConfig | AppNodeConfig | SiteConfig | SimulatorConfig

/** The environment can't be used. The message has a line for each variable: its name, what it had, what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** The first TCP port of a simulator whose PORT is unset. */
const defaultSimulatorPort = 14001

/** Reads a process's environment. `hostAddress` finds the host's own IPv4 address. Throws a ConfigError. */
export function parseConfig(env: NodeJS.ProcessEnv, hostAddress: () => string | null = firstHostAddress): Config {
  const set = { ...defaultsOf(env, hostAddress), ...withoutEmpty(env) }
  const { SERVICE: service } = read(z.object({ [names.service]: choice(services) }), set)
  switch (service) {
    case 'dht':
      return { service, ...peerConfig(read(dht, set)) }
    case 'ork': {
      const found = read(ork, set)
      return { service, ...peerConfig(found), durability: found.MDK_DURABILITY }
    }
    case 'worker':
      return workerConfig(read(worker, set))
    case 'app-node': {
      const found = read(appNode, set)
      return { service, ...peerConfig(found), port: found.PORT }
    }
    case 'site': {
      const found = read(site, set)
      return { service, ...processConfig(found), port: found.PORT, durability: found.MDK_DURABILITY }
    }
    case 'simulator':
      return simulatorConfig(read(simulator, set))
  }
}

const drivers = driverFacts.map((driver) => driver.name)
const simulatedDrivers = driverFacts.filter((driver) => driver.needsAddress).map((driver) => driver.name)

const port = whole(0, 65535)
const common = z.object({
  [names.configDir]: z.string().default(defaultConfigDir),
  [names.stateDir]: z.string().default(defaultStateDir),
  [names.statusPort]: port.default(statusPort),
  [names.logLevel]: choice(logLevels).default('info'),
})
const peer = common.extend({
  [names.podIp]: z.ipv4({ error: 'give the IPv4 address of this host or pod' }),
  [names.dhtPort]: port.default(dhtPort),
  [names.discovery]: choice(['dht', 'local']).default('dht'),
  [names.sharedDir]: z.string().default(join(tmpdir(), 'mdk', '.worker-keys')),
})
const dht = peer.extend({
  [names.discovery]: z.literal('dht', { error: 'a DHT node has no part in local discovery; unset it' }).default('dht'),
})
const durable = { [names.durability]: choice(durabilities).default('fast') }
const ork = peer.extend(durable)
const site = common.extend({ [names.port]: port.default(appNodePort), ...durable })
const appNode = peer.extend({ [names.port]: port.default(appNodePort) })
const named = matching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'give 1 to 63 letters, digits or ._-')
const worker = peer
  .extend({
    [names.worker]: choice(drivers),
    [names.type]: z.string().optional(),
    [names.rack]: named,
    [names.workerId]: named.optional(),
    ...durable,
  })
  .superRefine(refuseUnknownModel)
const simulator = common
  .extend({
    [names.worker]: choice(simulatedDrivers),
    [names.type]: z.string().optional(),
    [names.port]: port.default(defaultSimulatorPort),
    [names.count]: whole(1, 10_000).default(1),
  })
  .superRefine(refuseUnknownModel)

function processConfig(found: z.output<typeof common>): ProcessConfig {
  return {
    configDir: found.MDK_CONFIG_DIR,
    stateDir: found.MDK_STATE_DIR,
    statusPort: found.STATUS_PORT,
    logLevel: found.LOG_LEVEL,
  }
}

function peerConfig(found: z.output<typeof peer>): PeerConfig {
  const peered = { ...processConfig(found), podIp: found.POD_IP, dhtPort: found.DHT_PORT }
  return found.MDK_DISCOVERY === 'local' ? { ...peered, sharedDir: found.MDK_SHARED_DIR } : peered
}

function workerConfig(found: z.output<typeof worker>): WorkerConfig {
  return {
    service: 'worker',
    ...peerConfig(found),
    driver: found.WORKER,
    model: found.TYPE ?? null,
    rack: found.RACK,
    workerId: found.WORKER_ID ?? `${found.WORKER}-${found.RACK}`,
    durability: found.MDK_DURABILITY,
  }
}

function simulatorConfig(found: z.output<typeof simulator>): SimulatorConfig {
  const { WORKER: driver, TYPE: model, PORT: first, COUNT: count } = found
  return { service: 'simulator', ...processConfig(found), driver, model: model ?? null, port: first, count }
}

function refuseUnknownModel(found: { WORKER: string; TYPE?: string | undefined }, context: z.RefinementCtx): void {
  const driver = findDriver(found.WORKER)
  if (driver === undefined || found.TYPE === undefined || knowsModel(driver, found.TYPE)) return
  const message = `the driver ${driver.name} knows ${(driver.models ?? []).join(', ')}; unset it for all of them`
  context.addIssue({ code: 'custom', path: [names.type], message })
}

function choice<const Value extends string>(values: readonly Value[]) {
  return z.enum(values, { error: `give one of: ${values.join(', ')}` })
}

function matching(pattern: RegExp, error: string) {
  return z.string({ error }).regex(pattern, { error })
}

function whole(min: number, max: number) {
  const error = `give a whole number from ${min} to ${max}`
  return matching(/^\d{1,9}$/, error)
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }))
}

function read<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.output<Schema> {
  const parsed = schema.safeParse(env)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0])
    const had = env[name] === undefined ? 'is not set' : `is ${JSON.stringify(env[name])}`
    return `environment variable ${name} ${had}; ${message}`
  })
  throw new ConfigError(lines.join('\n'))
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, text]) => text !== undefined && text !== ''))
}

function defaultsOf(env: NodeJS.ProcessEnv, hostAddress: () => string | null): NodeJS.ProcessEnv {
  if (env[names.discovery] === 'local') return { [names.podIp]: '127.0.0.1', [names.dhtPort]: '0' }
  if ((env[names.podIp] ?? '') !== '') return {}
  const address = hostAddress()
  return address === null ? {} : { [names.podIp]: address }
}

function firstHostAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((ofInterface) => ofInterface ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null
}
