import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { z } from 'zod'
import type { GeneratedFile } from './generated-file.ts'

const folder = 'manifests/samples/demo'
const deviceCount = 48
const firstPort = 14001

const kustomization = z.object({
  resources: z.array(z.string()),
  images: z.array(z.object({ name: z.string(), newTag: z.string() })),
})

/** The racks of the demo, and the whole of it as one file for those who don't use kustomize. */
export async function generateDemoSite(root: string): Promise<readonly GeneratedFile[]> {
  const read = (name: string) => readFile(join(root, folder, name), 'utf8')
  const { resources, images } = kustomization.parse(load(await read('kustomization.yaml')))
  const racks = formatRacks()
  const parts = await Promise.all(resources.map(async (name) => (name === 'racks.yaml' ? racks : await read(name))))
  const tagged = images.reduce(
    (text, { name, newTag }) => text.replaceAll(`image: ${name}\n`, `image: ${name}:${newTag}\n`),
    parts.map(withoutNote).join('---\n'),
  )
  return [
    { path: `${folder}/racks.yaml`, content: racks },
    { path: `${folder}.yaml`, content: `${note(`the files of ${folder}`)}${tagged}` },
  ]
}

function note(source: string): string {
  return `# Written by \`npm run generate\` from ${source}; edit the source, not this file.\n`
}

function withoutNote(text: string): string {
  return text.startsWith('# Written by') ? text.slice(text.indexOf('\n') + 1) : text
}

function formatRacks(): string {
  const numbers = Array.from({ length: deviceCount }, (_, index) => index + 1)
  const two = (number: number) => String(number).padStart(2, '0')
  const miner = (number: number) => `{name: wm-${two(number)}, address: simulator, port: ${firstPort + number - 1}}`
  return [
    note('scripts/generate/demo-site.ts').trimEnd(),
    ...rackHead('a'),
    '  driver: miner-whatsminer',
    '  model: M56S',
    '  devices:',
    ...numbers.map((number) => `  - ${miner(number)}`),
    '---',
    ...rackHead('b'),
    '  driver: simulated',
    '  devices:',
    ...numbers.map((number) => `  - {name: sim-${two(number)}}`),
    '',
  ].join('\n')
}

function rackHead(row: string): string[] {
  return [
    'apiVersion: mdk.io/v1alpha1',
    'kind: MdkRack',
    `metadata: {name: rack-${row}, namespace: mdk-demo, labels: {row: ${row}}}`,
    'spec:',
    '  siteRef: {name: demo}',
  ]
}
