import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { startOperator } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { systemClock } from './engine/clock.ts'
import { systemRandom } from './engine/random.ts'
import { loadCluster } from './kube/load-cluster.ts'
import { createLog } from './log.ts'

/** Ends by itself when stopped; ends the process with 1 when it can't go on. */
async function run(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const operator = await startOperator(config, {
    cluster: loadCluster(config),
    clock: systemClock,
    random: systemRandom,
    randomBytes,
    log,
    onFatal: (reason) => {
      log.error({ reason }, 'the operator must end')
      process.exit(1)
    },
  })
  log.info({ port: operator.port, namespaces: config.namespaces, image: config.runtimeImage }, 'the operator runs')
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  log.info({}, 'stopping')
  await operator.close()
}

try {
  await run(readConfig())
} catch (error) {
  const text = error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error)
  process.stderr.write(`mdk-operator can't start: ${text}\n`)
  process.exit(1)
}
