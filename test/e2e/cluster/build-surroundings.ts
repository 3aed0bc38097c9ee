import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { DEBIAN_SUITE } from './pinned-versions.ts'

/**
 * What of this machine's own configuration a build in a container needs so that it reaches the same package sources: a company's
 * certificate authority, a mirror, a proxy. It always comes from the machine, never from a file of this repository.
 */
export interface BuildSurroundings {
  /** Certificates that this machine trusts, each a PEM block. May include the public ones. */
  certificates: string[]
  /** apt's source files for the Debian suite, if this machine has it: `[file name, content]`. */
  debianSources: [name: string, content: string] | undefined
  /** Lines for apt.conf. */
  aptProxies: string[]
  /** Lines for a global npmrc: what differs from npm's defaults. */
  npmConfig: string[]
}

const LOCAL_AUTHORITIES = '/usr/local/share/ca-certificates'
const DEFAULT_NPM_REGISTRY = 'https://registry.npmjs.org/'

export async function observeBuildSurroundings(): Promise<BuildSurroundings> {
  const npm = await npmConfig()
  const extra = process.env['NODE_EXTRA_CA_CERTS']
  const files = [...(await localAuthorities()), ...[extra, npm['cafile']].filter((path) => typeof path === 'string')]
  const texts = await Promise.all(files.map((path) => readFile(path, 'utf8').catch(() => '')))
  const apt = await runCommand('apt-config', ['dump'], { allowFailure: true })
  return {
    certificates: parseCertificates(texts.join('\n')),
    debianSources: await debianSources(),
    aptProxies: parseAptProxies(apt.stdout),
    npmConfig: formatNpmConfig(npm),
  }
}

/** Docker's predefined build arguments for a proxy: they reach every RUN and stay out of the image. */
export function proxyBuildArgs(env: NodeJS.ProcessEnv): string[] {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()])
  return names.filter((name) => env[name]).flatMap((name) => ['--build-arg', name])
}

/** The PEM certificates in a text, each once. */
export function parseCertificates(text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return [...new Set(blocks.map((block) => block.replaceAll('\r', '')))]
}

/** The proxy lines of `apt-config dump`, without those that carry a password. */
export function parseAptProxies(dump: string): string[] {
  return dump.split('\n').filter((line) => /^Acquire::https?::Proxy(::\S+)? "[^"@]+";/.test(line))
}

/** The main mirror of the suite in apt's sources, in either of apt's formats. */
export function parseDebianMirror(sources: string, suite = DEBIAN_SUITE): string | undefined {
  const line = new RegExp(`^deb\\s+(?:\\[[^\\]]*\\]\\s+)?(\\S+)\\s+${suite}\\s`, 'm').exec(sources)?.[1]
  if (line !== undefined) return line
  for (const paragraph of sources.split(/\n\s*\n/)) {
    const suites = /^Suites:(.*)$/m.exec(paragraph)?.[1]?.trim().split(/\s+/) ?? []
    if (suites.includes(suite)) return /^URIs:\s*(\S+)/m.exec(paragraph)?.[1]
  }
  return undefined
}

async function debianSources(): Promise<[string, string] | undefined> {
  for (const name of ['sources.list.d/debian.sources', 'sources.list']) {
    const content = await readFile(join('/etc/apt', name), 'utf8').catch(() => '')
    if (parseDebianMirror(content) !== undefined) return [name, content]
  }
  return undefined
}

async function localAuthorities(): Promise<string[]> {
  const names = await readdir(LOCAL_AUTHORITIES, { recursive: true }).catch(() => [])
  return names.filter((name) => name.endsWith('.crt')).map((name) => join(LOCAL_AUTHORITIES, name))
}

type NpmConfig = Record<string, string>

async function npmConfig(): Promise<NpmConfig> {
  const config: NpmConfig = {}
  for (const key of ['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl']) {
    const asked = await runCommand('npm', ['config', 'get', key], { allowFailure: true })
    const value = asked.stdout.trim()
    if (asked.exitCode === 0 && value !== '' && value !== 'null' && value !== 'undefined') config[key] = value
  }
  return config
}

/** A cafile isn't taken over as a path: its certificates are. */
export function formatNpmConfig(config: NpmConfig): string[] {
  const isDefault = (key: string, value: string) =>
    key === 'cafile' ||
    (key === 'registry' && value === DEFAULT_NPM_REGISTRY) ||
    (key === 'strict-ssl' && value === 'true')
  return Object.entries(config)
    .filter(([key, value]) => !isDefault(key, value) && !value.includes('@'))
    .map(([key, value]) => `${key}=${value}`)
}
