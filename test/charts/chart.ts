import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type CommandResult, runCommand } from '../e2e/cluster/command.ts'
import { ensureHelm } from '../e2e/cluster/helm.ts'
import { terminalProgress } from '../e2e/cluster/progress.ts'

const root = join(import.meta.dirname, '../..')
export const chart = join(root, 'charts/mdk-operator')
export const siteChart = join(root, 'charts/mdk-site')

/** A hook that calls `prepareHelm` may build it: minutes, the first time. */
export const buildWithinMs = 900_000

const folder = join(import.meta.dirname, 'values')
/** Values of a whole site for its chart. */
export const siteValues = ['-f', join(import.meta.dirname, 'site-values.yaml')] as const

/** Names of the value sets that the chart is rendered with: files in `values/`. */
export const valueSets = readdirSync(folder).map((name) => basename(name, '.yaml'))

export function prepareHelm(): Promise<string> {
  return ensureHelm(terminalProgress())
}

/** Runs helm, without any cluster unless a kubeconfig is named, whatever this machine's kubectl is set to. */
export async function helm(...args: readonly string[]): Promise<CommandResult> {
  const env = { KUBECONFIG: '/dev/null' }
  return runCommand(await prepareHelm(), args, { env, allowFailure: true, timeoutMs: 60_000 })
}

/** Values that a person would give: those of a set, as helm's arguments. */
export function valuesOf(set: string): readonly string[] {
  return ['-f', join(folder, `${set}.yaml`)]
}

/** What `helm template` gives for a release `mdk` in the namespace `mdk-system`. Throws with helm's words. */
export function render(...values: readonly string[]): Promise<string> {
  return renderInto('mdk-system', ...values)
}

/** The same of the chart of a site, released as `hello` in `site-a`. */
export function renderSite(...values: readonly string[]): Promise<string> {
  return template('hello', siteChart, '-n', 'site-a', ...values)
}

export function renderInto(namespace: string, ...values: readonly string[]): Promise<string> {
  return template('mdk', chart, '-n', namespace, ...values)
}

async function template(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await helm('template', ...args)
  if (exitCode !== 0) throw new Error(stderr)
  return stdout
}

/** What `helm install` says to whoever has installed the chart with these values. */
export async function notes(...values: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await helm(
    'install',
    'mdk',
    chart,
    '-n',
    'mdk-system',
    '--dry-run=client',
    ...values,
  )
  if (exitCode !== 0) throw new Error(stderr)
  return stdout.slice(stdout.indexOf('\nNOTES:\n'))
}

/** The objects of what helm gave, without those of other people's kinds. */
export function knownObjects(manifest: string): string {
  const documents = manifest.split(/^---\n/m)
  return documents.filter((text) => !text.includes('kind: ServiceMonitor')).join('---\n')
}
