import { fieldManagers } from '../api/group.ts'
import { ApiError } from './errors.ts'
import { type Kind, type KindTypes, resources } from './resource.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

type Fields = Record<string, unknown>

/**
 * Makes an object out of an answer: frozen; `apiVersion` and `kind` set, which lists leave out; without what only costs
 * memory here (`managedFields` of others, the annotation of `kubectl apply`). What a kind must have, the API server checked.
 */
export function parseObject<K extends Kind>(kind: K, value: unknown): KindTypes[K] {
  const metadata = isFields(value) && isFields(value['metadata']) ? value['metadata'] : null
  if (metadata === null || typeof metadata['name'] !== 'string') {
    throw new ApiError({ kind: 'failed', status: 0, message: `the API server sent a ${kind} without a name` })
  }
  const object = { ...(value as Fields), apiVersion: resources[kind].apiVersion, kind, metadata: lighter(metadata) }
  return freeze(object) as unknown as KindTypes[K]
}

function lighter(metadata: Fields): Fields {
  const { managedFields, annotations, ...rest } = metadata
  const own = Array.isArray(managedFields) ? managedFields.filter(isOwn) : []
  return { ...rest, ...(own.length > 0 && { managedFields: own }), ...lighterAnnotations(annotations) }
}

function lighterAnnotations(annotations: unknown): { annotations?: Fields } {
  if (!isFields(annotations)) return {}
  const kept = Object.entries(annotations).filter(([name]) => name !== lastApplied)
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}
}

/** The fields that `apply` compares with. */
function isOwn(entry: unknown): boolean {
  return (
    isFields(entry) &&
    entry['manager'] === fieldManagers.apply &&
    entry['operation'] === 'Apply' &&
    entry['subresource'] === undefined
  )
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
