import { join } from 'node:path'
import { annotations, labels } from '../../../operator/src/api/group.ts'
import { readDocComments } from '../doc-comments.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

/** Labels and annotations that people can select by, or set. */
export function formatLabels(root: string): string {
  const comments = readDocComments(join(root, 'operator/src/api/group.ts'))
  const rows = (constant: string, names: Readonly<Record<string, string>>) =>
    Object.entries(names).map(([key, name]) => [code(name), comments.get(`${constant}.${key}`) ?? ''])
  return formatPage(
    'Labels and annotations',
    '`operator/src/api/group.ts`',
    comments.get('labels') ?? '',
    formatTable(['label', 'meaning'], rows('labels', labels)),
    formatTable(['annotation', 'meaning'], rows('annotations', annotations)),
  )
}
