import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { rackResource, siteResource, workerResource } from '../../src/api/v1alpha1/index.ts'
import { refusedCases } from './admission-cases.ts'
import { acceptedCases } from './cases/accepted-cases.ts'

const resources = { MdkSite: siteResource, MdkWorker: workerResource, MdkRack: rackResource }
const samples = join(import.meta.dirname, '../../../manifests/samples')

/** What a parse of the spec can know. Where the API server speaks in its own words, a parse refuses in others. */
const checkable = refusedCases
  .filter(({ field, spec }) => spec !== undefined && field.startsWith('spec'))
  .filter(({ title }) => !title.includes("the operator's own"))
  // The API server drops a null before it looks.
  .filter(({ title }) => !title.endsWith(' is null'))
const ownWords = /^Required value|^Too |^Duplicate|^Unsupported| in body /

function parse({ kind, spec }: { kind: keyof typeof resources; spec?: unknown }) {
  const { success, error } = resources[kind].spec.safeParse(spec)
  return { success, issues: error?.issues ?? [] }
}

/** `['devices', 0, 'name']` as `spec.devices[0].name`. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => text + (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`),
    'spec',
  )
}

describe('schemas', () => {
  test.each(checkable)(
    '$kind: a parse refuses $title as the API server does',
    ({ kind, spec = '', field, sentence }) => {
      const { success, issues } = parse({ kind, spec: load(spec) })
      expect(success).toBe(false)
      if (ownWords.test(sentence)) return
      expect(issues.map(({ path, message }) => ({ field: fieldOf(path), sentence: message }))).toContainEqual({
        // A map's entry stands in brackets where a rule speaks of it.
        field: field.replace(/\[([a-z]+)\]/, '.$1'),
        sentence,
      })
    },
  )

  test.each(acceptedCases)('$kind: a parse takes $title and changes nothing', ({ kind, spec = '{}' }) => {
    const given = load(spec)
    expect(resources[kind].spec.parse(given)).toEqual(given)
  })

  test.each(['hello.yaml', 'demo.yaml'])('a parse takes every resource of %s', (path) => {
    const objects = loadAll(readFileSync(join(samples, path), 'utf8')) as { kind: string; spec?: unknown }[]
    const ours = objects.filter((object): object is { kind: keyof typeof resources } => object.kind in resources)
    expect(ours.map((object) => parse({ spec: {}, ...object }).issues)).toEqual(ours.map(() => []))
  })

  test('the demo declares 48 Whatsminers on ports 14001 to 14048 and 48 simulated miners', () => {
    const text = readFileSync(join(samples, 'demo.yaml'), 'utf8')
    const racks = (loadAll(text) as { kind: string; spec: { devices: { port?: number }[] } }[]).filter(
      ({ kind }) => kind === 'MdkRack',
    )
    const ports = racks.map(({ spec }) => spec.devices.map(({ port }) => port ?? 0))
    expect(ports).toEqual([Array.from({ length: 48 }, (_, index) => 14001 + index), Array(48).fill(0)])
  })
})
