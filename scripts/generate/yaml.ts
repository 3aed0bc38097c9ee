import { dump } from 'js-yaml'

const note = '# Written by `npm run generate`; edit the source, not this file.\n'

/** Objects as one YAML file, always the same text for the same objects. */
export function formatYaml(...objects: readonly unknown[]): string {
  return note + objects.map((object) => dump(object, { noRefs: true, lineWidth: 140 })).join('---\n')
}
