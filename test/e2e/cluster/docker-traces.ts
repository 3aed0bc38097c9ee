import { readdir, readFile, rmdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runCommand } from './command.ts'
import { findProgram } from './prerequisites.ts'

/**
 * What a dockerd leaves on the machine when it ends: bridges, packet filter rules, empty control groups. Each is taken away only
 * if it is Docker's, and none of it while another dockerd runs, which would use the same names.
 */
export interface TracesBefore {
  /** Policies of the chain FORWARD, which dockerd sets to DROP. By program (`iptables`, `ip6tables`). */
  forwardPolicies: Record<string, string>
  hadLibModules: boolean
}

const PACKET_FILTERS = ['iptables', 'ip6tables'] as const
const TABLES = ['filter', 'nat', 'raw', 'mangle'] as const

export async function observeTraces(): Promise<TracesBefore> {
  const forwardPolicies: Record<string, string> = {}
  for (const program of PACKET_FILTERS) {
    const asked = await runCommand(program, ['-S', 'FORWARD'], { allowFailure: true })
    const policy = /^-P FORWARD (\w+)/m.exec(asked.stdout)?.[1]
    if (policy !== undefined) forwardPolicies[program] = policy
  }
  return { forwardPolicies, hadLibModules: await exists('/lib/modules') }
}

/** `bridges` are the names of the daemon's bridges, asked of it while it ran. */
export async function removeTraces(before: TracesBefore, bridges: readonly string[]): Promise<void> {
  if (await anyDockerd()) return
  for (const bridge of bridges) await runCommand('ip', ['link', 'del', bridge], { allowFailure: true })
  for (const program of PACKET_FILTERS) {
    if ((await findProgram(program)) === undefined) continue
    for (const table of TABLES) await removeRules(program, table, bridges)
    const policy = before.forwardPolicies[program]
    if (policy !== undefined) await runCommand(program, ['-P', 'FORWARD', policy], { allowFailure: true })
  }
  await removeEmptyControlGroups()
  if (!before.hadLibModules) await rmdir('/lib/modules').catch(() => undefined)
}

async function removeRules(program: string, table: string, bridges: readonly string[]): Promise<void> {
  const listed = await runCommand(program, ['-t', table, '-S'], { allowFailure: true })
  for (const args of dockerRuleRemovals(listed.stdout, bridges)) {
    await runCommand(program, ['-t', table, ...args], { allowFailure: true })
  }
}

/**
 * The iptables arguments that take Docker's rules out of a table, from what `iptables -S` lists: first the rules that name its
 * chains or bridges, then the chains. Rules of others stay as they are.
 */
export function dockerRuleRemovals(listing: string, bridges: readonly string[]): string[][] {
  const lines = listing.split('\n').map((line) => line.trim().split(/\s+/))
  const isDockers = (name: string | undefined) => name !== undefined && /^DOCKER(-|$)/.test(name)
  const chains = lines.filter(([verb, name]) => verb === '-N' && isDockers(name)).map(([, name]) => name ?? '')
  const rules = lines.filter(([verb, chain, ...rest]) => {
    if (verb !== '-A' || isDockers(chain)) return false
    // A masquerading rule names the bridge by "! -o".
    return rest.some((word, i) => isDockers(word) || (/^-[io]$/.test(rest[i - 1] ?? '') && bridges.includes(word)))
  })
  return [
    ...rules.map(([, ...rest]) => ['-D', ...rest]),
    ...chains.map((chain) => ['-F', chain]),
    ...chains.map((chain) => ['-X', chain]),
  ]
}

async function anyDockerd(): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  // A process that has ended and waits for its parent has no command line.
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return commands.some((command) => basename(command.split('\0')[0] ?? '') === 'dockerd')
}

/** Docker's groups lie under `docker` in each controller (cgroup v1) or in the one tree (v2). rmdir refuses one with a process. */
async function removeEmptyControlGroups(): Promise<void> {
  const root = '/sys/fs/cgroup'
  const controllers = await readdir(root, { withFileTypes: true }).catch(() => [])
  const trees = [join(root, 'docker'), ...controllers.map(({ name }) => join(root, name, 'docker'))]
  for (const tree of trees) if (await exists(tree)) await removeEmptyFolders(tree)
}

async function removeEmptyFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name))
  await rmdir(folder).catch(() => undefined)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
