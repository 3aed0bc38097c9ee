import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { diagnoses, guide } from '../runtime/src/doctor/diagnoses.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', 'STYLE.md', 'CHANGELOG.md', ...markdownUnder('docs')]
const text = (page: string) => readFileSync(join(root, page), 'utf8')
const scripts = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(text('package.json'))).scripts

describe('documentation', () => {
  it.each(pages)('links of %s lead to files that are there', (page) => {
    const targets = [...text(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '')
    const local = targets.filter((target) => !/^[a-z]+:/.test(target))
    expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  it.each(pages)('npm commands of %s exist', (page) => {
    const named = [...text(page).matchAll(/npm run ([a-z0-9:-]+)/g)].map((match) => match[1] ?? '')
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  it.each(pages)('YAML blocks of %s are YAML', (page) => {
    for (const [, block = ''] of text(page).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
      expect(() => loadAll(block), block).not.toThrow()
    }
  })

  it.each(['docs/architecture.md', 'README.md', 'CONTRIBUTING.md'])('paths named in %s exist', (page) => {
    const named = [...text(page).matchAll(/`((?:operator|runtime|test|scripts|manifests|crds|docs)\/[\w./-]*)`/g)]
    const paths = named.map((match) => match[1] ?? '').filter((path) => !path.includes('NNNN'))
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it.each(pages)('a namespace that %s makes is told to enforce the restricted Pod Security Standard', (page) => {
    const made = [...text(page).matchAll(/kubectl create namespace ([\w-]+)/g)].map((match) => match[1] ?? '')
    const label = (name: string) => `kubectl label namespace ${name} pod-security.kubernetes.io/enforce=restricted`
    expect(made.filter((name) => !text(page).includes(label(name)))).toEqual([])
  })

  it('each diagnosis has its section in the guide, in the same order, and each such section its diagnosis', () => {
    const sections = [...text(guide).matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? '')
    expect(sections).toEqual(Object.keys(diagnoses))
  })

  it('the README stays two screens', () => {
    expect(text('README.md').split('\n').length).toBeLessThanOrEqual(100)
  })

  it('decisions are numbered without a gap and have a status', () => {
    const files = readdirSync(join(root, 'docs/decisions')).sort()
    files.forEach((file, index) => {
      expect(file).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`))
      expect(text(`docs/decisions/${file}`)).toMatch(
        new RegExp(`^# ${index + 1}\\. .+\\n\\nStatus: (accepted|replaced by \\d+)\\n`),
      )
    })
  })
})

function markdownUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${folder}/${path}`)
}
