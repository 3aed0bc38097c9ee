// npm run generate: writes CRDs, manifests and reference pages from the source.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseCommandLine } from './command-line.ts'
import { generateAll, generatedFolders } from './generate/all-files.ts'

const usage = `Writes CRDs, manifests, charts and reference pages from their sources.

  npm run generate [-- --check]

  --check  writes nothing; fails with the files that differ`

const root = join(import.meta.dirname, '..')
const { values: options } = parseCommandLine(usage, { options: { check: { type: 'boolean', default: false } } })

const files = await generateAll(root)
const contents = new Map(files.map(({ path, content }) => [path, content]))
const differing = [...(await strangers()), ...(await changed())].sort()

if (options.check) {
  if (differing.length > 0) {
    console.error(`these files are not what the source says; run npm run generate:\n${differing.join('\n')}`)
    process.exitCode = 1
  }
} else {
  for (const path of differing) await write(path, contents.get(path))
  console.log(differing.length === 0 ? `all ${files.length} files are up to date` : `written: ${differing.join(', ')}`)
}

/** Files that nobody generates any more. */
async function strangers(): Promise<string[]> {
  const listed = await Promise.all(
    generatedFolders.map(async (folder) => {
      const names = await readdir(join(root, folder)).catch((): string[] => [])
      return names.map((name) => `${folder}/${name}`)
    }),
  )
  return listed.flat().filter((path) => !contents.has(path))
}

async function changed(): Promise<string[]> {
  const compared = await Promise.all(
    files.map(async ({ path, content }) => {
      const stored = await readFile(join(root, path), 'utf8').catch(() => undefined)
      return stored === content ? [] : [path]
    }),
  )
  return compared.flat()
}

async function write(path: string, content: string | undefined): Promise<void> {
  if (content === undefined) return rm(join(root, path))
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}
