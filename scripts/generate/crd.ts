import { category, group, labels, labelValues, version } from '../../operator/src/api/group.ts'
import type { Column, ResourceDefinition } from '../../operator/src/api/v1alpha1/index.ts'
import { type CrdSchema, crdSchemaOf } from './crd-schema.ts'

/**
 * The CustomResourceDefinition of a resource, in the form in which the API server stores it: everything that it would
 * fill in is written out and nothing that it would drop is there, so that applying it again changes nothing.
 */
export function desiredCrd(resource: ResourceDefinition) {
  const { shortName, ...names } = resource.names
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${group}`,
      labels: { [labels.name]: labelValues.name },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { ...names, shortNames: [shortName], categories: [category] },
      conversion: { strategy: 'None' },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns.map(desiredColumn),
          schema: { openAPIV3Schema: rootSchema(resource) },
          ...selectableFields(resource),
        },
      ],
    },
  }
}

export type Crd = ReturnType<typeof desiredCrd>

function desiredColumn({ name, type, path, wide = false }: Column) {
  return { name, type, jsonPath: path, ...(wide ? { priority: 1 } : {}) }
}

function rootSchema({ names, description, spec, specRequired, status, rules }: ResourceDefinition): CrdSchema {
  return {
    description,
    type: 'object',
    ...(specRequired ? { required: ['spec'] } : {}),
    properties: {
      apiVersion: { description: `${group}/${version}`, type: 'string' },
      kind: { description: names.kind, type: 'string' },
      metadata: { type: 'object' },
      spec: crdSchemaOf(spec),
      // The only default: an object that nobody has looked at must not count as current.
      status: { ...crdSchemaOf(status), default: { observedGeneration: -1 } },
    },
    'x-kubernetes-validations': rules,
  }
}

function selectableFields({ selectableFields: paths }: ResourceDefinition) {
  return paths.length === 0 ? {} : { selectableFields: paths.map((jsonPath) => ({ jsonPath })) }
}
