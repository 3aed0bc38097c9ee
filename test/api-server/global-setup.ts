import { ensureKubernetesBinary } from '../e2e/cluster/programs.ts'
import { terminalProgress } from '../e2e/cluster/progress.ts'

/** Builds what API servers are started from, once and with its progress shown: the first time takes minutes, not a hook's limit. */
export default async function setup(): Promise<void> {
  await ensureKubernetesBinary(terminalProgress())
}
