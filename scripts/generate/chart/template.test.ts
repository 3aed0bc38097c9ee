import { describe, expect, test } from 'vitest'
import { rackResource, siteResource, workerResource } from '../../../operator/src/api/v1alpha1/index.ts'
import { desiredCrd } from '../crd.ts'
import { formatCrdTemplate, formatRules } from './template.ts'

describe('templates', () => {
  test.each([siteResource, workerResource, rackResource])(
    'a CRD comes whole, with what Helm adds to it',
    (resource) => {
      const crd = desiredCrd(resource)
      const text = formatCrdTemplate(crd)
      expect(text).toContain(`metadata:
  name: ${crd.metadata.name}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
  labels:
    {{- include "mdk-operator.commonLabels" . | nindent 4 }}
spec:
`)
      expect(text.match(/\{\{/g)).toHaveLength(6)
    },
  )

  test('a CRD with text that Helm would run is refused', () => {
    const crd = desiredCrd({ ...siteResource, description: 'A {{ site }}.' })
    expect(() => formatCrdTemplate(crd)).toThrow('mdksites.mdk.io has "{{", which Helm would take for a template')
  })

  test('rules become named templates', () => {
    expect(formatRules({ some: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] })).toContain(
      `{{- define "mdk-operator.rules.some" -}}
- apiGroups:
    - ''
  resources:
    - pods
  verbs:
    - list
{{- end }}
`,
    )
  })
})
