import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'

/** What a kubelet sets for the whole machine, out of its container: no namespace holds these. */
export const KUBELET_SYSCTLS = [
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
] as const

/** Kernel settings by name, as they were. A setting that this machine doesn't have is left out. */
export type Sysctls = Record<string, string>

export async function readSysctls(names: readonly string[]): Promise<Sysctls> {
  const values: Sysctls = {}
  for (const name of names) {
    const value = await readFile(sysctlPath(name), 'utf8').catch(() => undefined)
    if (value !== undefined) values[name] = value.trim()
  }
  return values
}

/** Sets what differs. Returns the settings that this user may not set. */
export async function writeSysctls(values: Sysctls): Promise<Sysctls> {
  const refused: Sysctls = {}
  const now = await readSysctls(Object.keys(values))
  for (const [name, value] of Object.entries(values)) {
    if (now[name] === value) continue
    await writeFile(sysctlPath(name), value).catch(() => {
      refused[name] = value
    })
  }
  return refused
}

/**
 * Writes `observe()` down under a name, unless something is written there already: that was before an earlier change that has
 * not been taken back, and so is the true state.
 */
export async function rememberHostState<T>(name: string, observe: () => Promise<T>): Promise<void> {
  const path = statePath(name)
  const known = await stat(path).then(
    () => true,
    () => false,
  )
  if (known) return
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify(await observe(), undefined, 2))
}

/** What was remembered under the name, parsed; undefined if nothing was. */
export async function recallHostState(name: string): Promise<unknown> {
  const text = await readFile(statePath(name), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

export async function forgetHostState(name: string): Promise<void> {
  await rm(statePath(name), { force: true })
}

/** Keeps the string values of an object, drops everything else. */
export function parseSysctls(value: unknown): Sysctls {
  if (typeof value !== 'object' || value === null) return {}
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string'
  return Object.fromEntries(Object.entries(value).filter(isText))
}

function statePath(name: string): string {
  return cacheFolder('host', `${name}.json`)
}

function sysctlPath(name: string): string {
  return join('/proc/sys', ...name.split('.'))
}
