import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cacheFolder } from './cache-folder.ts'

/** What this project knows about a cluster that it made: written before it is made, and again when it is ready. */
export interface ClusterRecord {
  phase: 'creating' | 'ready'
  nodeImage: string
  /** Ids of the node containers; empty while the cluster is being made. */
  containers: string[]
}

export async function readRecord(name: string): Promise<ClusterRecord | undefined> {
  const text = await readFile(recordPath(name), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseRecord(text)
}

export async function writeRecord(name: string, record: ClusterRecord): Promise<void> {
  const path = recordPath(name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, JSON.stringify(record, undefined, 2))
  await rename(`${path}.new`, path)
}

export async function removeRecord(name: string): Promise<void> {
  await rm(recordPath(name), { force: true })
}

function parseRecord(text: string): ClusterRecord | undefined {
  try {
    return JSON.parse(text) as ClusterRecord
  } catch {
    return undefined
  }
}

function recordPath(name: string): string {
  return cacheFolder('clusters', `${name}.json`)
}
