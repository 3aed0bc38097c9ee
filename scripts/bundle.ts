// Bundles the two programs into dist/: the operator with all that it imports, the runtime (with its command `mdk`) without its packages,
// since native addons find their files by the folder that they are in.
import { build } from 'esbuild'

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  splitting: true,
  logLevel: 'warning',
  entryNames: '[name]',
} as const

await build({
  ...shared,
  entryPoints: ['operator/src/main.ts'],
  outdir: 'dist/operator',
  minify: true,
  keepNames: true,
  // CommonJS packages inside an ESM bundle still ask for require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})
await build({
  ...shared,
  entryPoints: ['runtime/src/main.ts', 'runtime/src/mdk.ts'],
  outdir: 'dist/runtime',
  packages: 'external',
})
