import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { type Block, blocksOf } from './guide.ts'

const root = join(import.meta.dirname, '../../..')
const text = (path: string) => readFileSync(join(root, path), 'utf8')
const pagesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${folder}/${path}`)
const pages = ['README.md', 'CONTRIBUTING.md', ...pagesIn('docs'), ...pagesIn('charts')]
const cases = readdirSync(join(import.meta.dirname, '../cases'))
  .filter((file) => file.endsWith('.e2e.test.ts'))
  .map((file) => text(`test/e2e/cases/${file}`))

/** Parts with commands that no case follows, and what runs the same instead. */
const otherwise: Readonly<Record<string, string>> = {
  'README.md: Two commands': '`up` and `down` are run by demo-site.e2e.test.ts; `npm test` is what this is a part of',
  'docs/guides/development-cluster.md: The development cluster':
    'the functions of `up` and `down` make and remove the cluster of every e2e run; cluster.e2e.test.ts is about them',
  'docs/guides/without-a-cluster.md: See it run': 'scripts/demo.integration.test.ts runs the demo in all three shapes',
}

const isDone = ({ language, info }: Block) => language === 'sh' || language === 'console' || info !== ''

/** Whether a case follows the page as a whole, or this part of it by its heading. */
function isFollowed(page: string, section: string): boolean {
  const whole = `follow('${page}'`
  return cases.some((code) =>
    code.includes(whole) && !code.includes(`${whole}, { sections`)
      ? true
      : code.includes(`'${page}'`) && code.includes(`'${section}'`),
  )
}

describe('what the documentation tells people to do', () => {
  it.each(pages)('in %s is done by a test', (page) => {
    const parts = new Set(
      blocksOf(text(page))
        .filter(isDone)
        .map(({ section }) => section),
    )
    const undone = [...parts].filter((section) => !isFollowed(page, section) && !(`${page}: ${section}` in otherwise))
    expect(undone).toEqual([])
  })

  it('has no excuse for what is done, or is gone', () => {
    for (const place of Object.keys(otherwise)) {
      const [page = '', section = ''] = place.split(': ')
      expect(
        blocksOf(text(page)).some((block) => block.section === section && isDone(block)),
        place,
      ).toBe(true)
      expect(isFollowed(page, section), place).toBe(false)
    }
  })

  it('begins in the README with the sample that is applied', () => {
    const [example] = blocksOf(text('README.md')).filter(({ language }) => language === 'yaml')
    expect(loadAll(example?.text ?? '')).toEqual(loadAll(text('manifests/samples/hello.yaml')))
  })
})
