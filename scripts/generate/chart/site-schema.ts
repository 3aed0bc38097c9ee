import type { Crd } from '../crd.ts'
import type { CrdSchema } from '../crd-schema.ts'
import { textMap } from './schemas.ts'
import type { JsonSchema } from './value.ts'

/** The CRDs behind the values of the chart of a site. */
export interface SiteCrds {
  readonly site: Crd
  readonly worker: Crd
  readonly rack: Crd
}

/** What each value of a site's chart may hold: the fields of its kind, without the site that the chart fills in. */
export function siteValuesSchema({ site, worker, rack }: SiteCrds): Readonly<Record<string, JsonSchema>> {
  return {
    name: { description: 'Name of the MdkSite; that of the release if empty.', type: 'string', maxLength: 40 },
    site: closed(specOf(site)),
    racks: { type: 'object', additionalProperties: withLabels(withoutSite(closed(specOf(rack)))) },
    workers: { type: 'object', additionalProperties: withoutSite(closed(specOf(worker))) },
  }
}

function specOf({ metadata, spec }: Crd): CrdSchema {
  const schema = spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec']
  if (schema === undefined) throw new Error(`${metadata.name} has no spec`)
  return schema
}

interface ClosedSchema extends JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/** In JSON Schema's own words, with no field but those that are named. Rules in CEL remain the API server's. */
function closed({ properties, items, additionalProperties, nullable = false, ...schema }: CrdSchema): ClosedSchema {
  const typed = nullable ? { ...schema, type: [schema.type, 'null'] } : schema
  const keywords = Object.entries(typed).filter(
    ([key]) => !key.startsWith('x-') && key !== 'format' && key !== 'default',
  )
  return {
    ...Object.fromEntries<unknown>(keywords),
    ...(properties === undefined
      ? {}
      : {
          additionalProperties: false,
          properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, closed(field)])),
        }),
    ...(items === undefined ? {} : { items: closed(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: closed(additionalProperties) }),
  }
}

function withoutSite({ properties = {}, required = [], ...schema }: ClosedSchema): ClosedSchema {
  const fields = Object.entries(properties).filter(([name]) => name !== 'siteRef')
  const demanded = required.filter((name) => name !== 'siteRef')
  return {
    ...schema,
    ...(demanded.length === 0 ? {} : { required: demanded }),
    properties: Object.fromEntries(fields),
  }
}

function withLabels({ properties, ...schema }: ClosedSchema): ClosedSchema {
  return { ...schema, properties: { labels: textMap, ...properties } }
}
