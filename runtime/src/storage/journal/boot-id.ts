import { readFile } from 'node:fs/promises'

/** Tells one start of the machine from the next; where the system doesn't say, all are one. */
export async function readBootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return /^[0-9a-f-]{36}$/.exec(text.trim())?.[0] ?? 'unknown'
}
