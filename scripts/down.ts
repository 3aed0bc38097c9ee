// npm run down: removes what `npm run up` made, and nothing that others need.
import { join } from 'node:path'
import { cacheFolder } from '../test/e2e/cluster/cache-folder.ts'
import { removeCluster } from '../test/e2e/cluster/kind-cluster.ts'
import { terminalProgress } from '../test/e2e/cluster/progress.ts'
import { parseCommandLine } from './command-line.ts'
import { deleteDemoSite } from './site/demo-site.ts'
import { formatKept } from './site/format-kept.ts'
import { uninstallOperator } from './site/operator-install.ts'
import { isFromHelm, listSites } from './site/operator-users.ts'

const usage = `Removes what \`npm run up\` made. What was built is kept for the next time.

  npm run down [-- --context NAME]

  --context NAME  the cluster that \`up\` was given: its demo site goes, and operator and CRDs, unless there are other
                  sites; the cluster stays`

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
    const others = await listSites(target)
    if (others.length > 0) progress.note(`operator and CRDs stay: there are the sites ${others.join(', ')}`)
    else if (await isFromHelm(target)) progress.note('operator and CRDs stay: Helm has installed them')
    else await progress.step('uninstall operator and CRDs', () => uninstallOperator(target, root))
  }
} catch (error) {
  console.error(`\ndown failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
