import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * The arguments of this program. `--help` prints the usage and ends it with 0; what the program doesn't know is named, with the
 * usage, and ends it with 2.
 */
export function parseCommandLine<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage)
    process.exit(0)
  }
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
