import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Options that npm has too: what is set may be npm's own. */
const ofNpm: readonly string[] = ['registry']

/**
 * The arguments of this program. `--help` prints the usage and ends it with 0; what the program doesn't know is named, with the
 * usage, and ends it with 2. So does an option that npm took for its own, as it does without `--` before it: the program would go
 * on without it, and `down` would remove another cluster.
 */
export function parseCommandLine<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage)
    process.exit(0)
  }
  const taken = Object.keys(config.options ?? {}).find((name) => !ofNpm.includes(name) && npmTook(name))
  if (taken !== undefined) refuseCommandLine(usage, `npm has taken --${taken} for itself; write \`--\` before it`)
  try {
    return parseArgs(config)
  } catch (error) {
    return refuseCommandLine(usage, error instanceof Error ? error.message : String(error))
  }
}

/** Ends the program with 2 and says why. */
export function refuseCommandLine(usage: string, reason: string): never {
  console.error(`${reason}\n\n${usage}`)
  process.exit(2)
}

function npmTook(option: string): boolean {
  return process.env[`npm_config_${option.replaceAll('-', '_')}`] !== undefined
}
