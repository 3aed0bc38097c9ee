import { dump } from 'js-yaml'
import type { Crd } from '../crd.ts'
import type { PolicyRule } from '../roles.ts'

const note = '{{- /* Written by "npm run generate"; edit the source, not this file. */ -}}\n'
const yaml = (value: unknown) => dump(value, { noRefs: true, lineWidth: 140 })

/**
 * A CRD that is installed with `crds.enabled` and outlives the release with `crds.keep`. Throws if Helm would read it
 * otherwise than it is meant.
 */
export function formatCrdTemplate(crd: Crd): string {
  const text = yaml(crd)
  if (text.includes('{{')) throw new Error(`${crd.metadata.name} has "{{", which Helm would take for a template`)
  const name = `metadata:\n  name: ${crd.metadata.name}\n`
  const kept = '  {{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n'
  const labelled = text.replace(
    /^metadata:\n {2}name: (.+)\n {2}labels:\n( {4}.+\n)+/m,
    `${name}${kept}  labels:\n    {{- include "mdk-operator.commonLabels" . | nindent 4 }}\n`,
  )
  if (!labelled.includes(kept)) throw new Error(`the metadata of ${crd.metadata.name} is not written as expected`)
  return `${note}{{- if .Values.crds.enabled }}\n${labelled}{{- end }}\n`
}

/** The rules of roles, as named templates `mdk-operator.rules.NAME`. */
export function formatRules(rules: Readonly<Record<string, readonly PolicyRule[]>>): string {
  const defined = Object.entries(rules).map(
    ([name, content]) => `{{- define "mdk-operator.rules.${name}" -}}\n${yaml(content)}{{- end }}\n`,
  )
  return note + defined.join('\n')
}
