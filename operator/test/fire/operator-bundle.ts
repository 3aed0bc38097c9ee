import { join } from 'node:path'
import { build } from 'esbuild'

/** Bundles the operator as its image has it, which starts four times as fast as its sources. Returns the program's path. */
export async function bundleOperator(folder: string): Promise<string> {
  const outfile = join(folder, 'operator.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: true,
    keepNames: true,
    logLevel: 'warning',
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  })
  return outfile
}
