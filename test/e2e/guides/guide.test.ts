import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { blocksOf, scriptOf } from './guide.ts'

const page = [
  '# Title',
  '```yaml a.yaml',
  "a: 'b'",
  '```',
  '```sh',
  'cat a.yaml',
  '```',
  '## More',
  '```yaml',
  'shown: only',
  '```',
]

describe('a guide', () => {
  it('has blocks with their language, name, line and heading', () => {
    expect(blocksOf(page.join('\n'))).toEqual([
      { language: 'yaml', info: 'a.yaml', text: "a: 'b'", line: 2, section: 'Title' },
      { language: 'sh', info: '', text: 'cat a.yaml', line: 5, section: 'Title' },
      { language: 'yaml', info: '', text: 'shown: only', line: 9, section: 'More' },
    ])
  })

  it('with a block that never ends is refused', () => {
    expect(() => blocksOf('```sh\nls')).toThrow('the block of line 1 has no end')
  })

  it('becomes a script that writes its files and runs its commands in order', () => {
    const script = `set -eu; cd $(mktemp -d); at() { echo "line $1"; }\n${scriptOf(blocksOf(page.join('\n')))}`
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout).toBe("line 2\nline 5\na: 'b'\nline 9\n")
  })

  it('has its shown tables compared by their heads', () => {
    const script = scriptOf(blocksOf("```console\n$ echo 'A B'\nA   B\n1   2\n$ true\n```"))
    expect(script).toBe(`at 1\nshows 'A   B' 'echo '\\''A B'\\'''\ntrue`)
  })
})
