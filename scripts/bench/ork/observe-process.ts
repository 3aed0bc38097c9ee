/** What the system says of a process and a folder. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Resident memory of a process, in bytes. */
export async function observeRss(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`)
  return Number(kilobytes) * 1_024
}

/** Time that a process has spent on a core, of its own or in the system for it, in ms: to 10 ms. */
export async function observeCpuMs(pid: number): Promise<number> {
  // After the command, which may have spaces, `utime` and `stime` are the 12th and 13th, in ticks of 10 ms.
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Bytes that a process has had written to disks since it was started. */
export async function observeWritten(pid: number): Promise<number> {
  return Number(/^write_bytes: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** What a folder takes on disk, in bytes, as `du` counts. Files that go meanwhile count for nothing. */
export async function observeDisk(folder: string): Promise<number> {
  const paths = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(join(folder, path)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
