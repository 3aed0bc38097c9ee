import { spawn } from 'node:child_process'
import { z } from 'zod'
import { findProgram } from '../../test/e2e/cluster/prerequisites.ts'
import { findKubectl, kubectlMissing } from '../../test/e2e/cluster/programs.ts'

/** Which cluster. */
export interface KubectlTarget {
  /** Path of the kubeconfig; undefined means the user's own. */
  readonly kubeconfig?: string | undefined
  readonly context: string
}

class KubectlFailed extends Error {
  override readonly name = 'KubectlFailed'
}

let program: Promise<string> | undefined

/** The one that came with a cluster's programs or nodes, or the one on PATH. */
export function kubectlProgram(): Promise<string> {
  return (program ??= findKubectl().then((path) => {
    if (path === undefined) throw kubectlMissing()
    return path
  }))
}

/** What a person types for it: a name if that finds one, else the path. */
export async function kubectlCommand(): Promise<string> {
  return (await findProgram('kubectl')) === undefined ? kubectlProgram() : 'kubectl'
}

/** Arguments that name the cluster. */
export function placeOf({ kubeconfig, context }: KubectlTarget): readonly string[] {
  return [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), '--context', context]
}

/** Rejects with kubectl's own words if there is no such context or its cluster doesn't answer. */
export async function reachCluster(target: KubectlTarget): Promise<void> {
  await kubectl(target, ['get', '--raw', '/readyz', '--request-timeout=10s'])
}

/** Runs kubectl and resolves with what it printed. Rejects with its own error text. */
export async function kubectl(target: KubectlTarget, args: readonly string[], input?: string): Promise<string> {
  const child = spawn(await kubectlProgram(), [...placeOf(target), ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.end(input)
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code === 0) return Buffer.concat(out).toString()
  throw new KubectlFailed(`kubectl ${args.join(' ')}: ${Buffer.concat(err).toString().trim()}`)
}

/** Reads objects as JSON, such as `getJson(target, ['mdksites', '-A'])`. */
export async function getJson(target: KubectlTarget, args: readonly string[]): Promise<unknown> {
  return z.unknown().parse(JSON.parse(await kubectl(target, ['get', ...args, '-o', 'json'])))
}
