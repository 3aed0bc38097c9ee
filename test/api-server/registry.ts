import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identifyProcess, isRunning, type ProcessIdentity } from '../e2e/cluster/process-identity.ts'

/** What a test run leaves behind if it is killed: written down before it matters, so that the next run can clear it. */
interface ServerRecord {
  owner: ProcessIdentity
  directory: string
  children: ProcessIdentity[]
}

export interface RegisteredServer {
  addChild(pid: number): Promise<void>
  forget(): Promise<void>
}

/** Writes down that this process runs an API server in `directory`. */
export async function registerServer(registry: string, directory: string): Promise<RegisteredServer> {
  await mkdir(registry, { recursive: true })
  const path = join(registry, `${randomUUID()}.json`)
  const record: ServerRecord = { owner: identifyProcess(process.pid), directory, children: [] }
  const write = async () => {
    await writeFile(`${path}.new`, JSON.stringify(record))
    await rename(`${path}.new`, path)
  }
  await write()
  return {
    addChild: async (pid) => {
      record.children.push(identifyProcess(pid))
      await write()
    },
    forget: () => rm(path, { force: true }),
  }
}

/** Kills the programs and removes the folders of owners that are gone. */
export async function sweepDeadServers(registry: string): Promise<void> {
  const names = (await readdir(registry).catch(() => [])).filter((name) => name.endsWith('.json'))
  for (const name of names) {
    const path = join(registry, name)
    const record = parseRecord(await readFile(path, 'utf8').catch(() => ''))
    if (record === undefined || isRunning(record.owner)) continue
    for (const child of record.children) if (isRunning(child)) kill(child.pid)
    await rm(record.directory, { recursive: true, force: true })
    await rm(path, { force: true })
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended between the look and the kill
  }
}

function parseRecord(json: string): ServerRecord | undefined {
  try {
    return JSON.parse(json) as ServerRecord
  } catch {
    return undefined // another run removed it
  }
}
