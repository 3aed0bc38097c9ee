// npm run down: removes exactly what `npm run up` made.
import { join } from 'node:path'
import { cacheFolder } from '../test/e2e/cluster/cache-folder.ts'
import { removeCluster } from '../test/e2e/cluster/kind-cluster.ts'
import { terminalProgress } from '../test/e2e/cluster/progress.ts'
import { parseCommandLine } from './command-line.ts'
import { deleteDemoSite } from './site/demo-site.ts'
import { formatKept } from './site/format-kept.ts'
import { uninstallOperator } from './site/operator-install.ts'

const usage = `Removes exactly what \`npm run up\` made.

  npm run down [-- --context NAME]

  --context NAME  the cluster that \`up\` was given: its demo site, operator and CRDs go, the cluster stays`

const root = join(import.meta.dirname, '..')
const { values: options } = parseCommandLine(usage, { options: { context: { type: 'string' } } })
const progress = terminalProgress()

try {
  if (options.context === undefined) {
    const docker = await removeCluster({ name: 'mdk', progress })
    for (const line of formatKept(cacheFolder(), docker?.isOurs === false)) progress.note(line)
  } else {
    const target = { context: options.context }
    await progress.step('delete the demo site', () => deleteDemoSite(target, root))
    await progress.step('uninstall operator and CRDs', () => uninstallOperator(target, root))
  }
} catch (error) {
  console.error(`\ndown failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
