import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A schema of `/openapi/v2`, of which these keywords are looked at. */
interface OpenApiSchema {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly items?: OpenApiSchema
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
}

export interface OpenApi {
  readonly definitions: Readonly<Record<string, OpenApiSchema>>
}

/**
 * Writes, for each kind that an API server knows, a JSON schema that takes no unknown field, named as kubeconform asks
 * for it with the returned location.
 */
export async function writeConformanceSchemas(folder: string, { definitions }: OpenApi): Promise<string> {
  const closed = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, closeSchema(schema)]))
  await writeFile(join(folder, 'definitions.json'), JSON.stringify({ definitions: closed }))
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      const place = [kind, group.split('.')[0], version]
        .filter((part) => part !== '')
        .join('-')
        .toLowerCase()
      await writeFile(join(folder, `${place}.json`), JSON.stringify({ $ref: `definitions.json#/definitions/${name}` }))
    }
  }
  return join(folder, '{{.ResourceKind}}{{.KindSuffix}}.json')
}

function closeSchema(schema: OpenApiSchema): OpenApiSchema | { oneOf: readonly object[] } {
  if (schema.format === 'int-or-string') return { oneOf: [{ type: 'string' }, { type: 'integer' }] }
  const { properties, items, additionalProperties } = schema
  const isOpen = properties === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: closeAll(properties) }),
    ...(items === undefined ? {} : { items: closeSchema(items) as OpenApiSchema }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: closeSchema(additionalProperties) as OpenApiSchema }
      : {}),
    ...(isOpen ? {} : { additionalProperties: false }),
  }
}

function closeAll(properties: Readonly<Record<string, OpenApiSchema>>): Record<string, OpenApiSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, closeSchema(schema) as OpenApiSchema]),
  )
}
