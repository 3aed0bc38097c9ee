import type { JsonSchema } from './value.ts'

// The shapes of settings. What Kubernetes itself checks when the object is applied is left open below its first level.

export const text: JsonSchema = { type: 'string' }
export const filledText: JsonSchema = { type: 'string', minLength: 1 }
export const flag: JsonSchema = { type: 'boolean' }
/** Annotations, labels, node selectors. */
export const textMap: JsonSchema = { type: 'object', additionalProperties: text }
export const kubernetesObject: JsonSchema = { type: 'object' }

export function oneOf(...choices: readonly string[]): JsonSchema {
  return { type: 'string', enum: choices }
}

export function wholeNumber(minimum: number, maximum?: number): JsonSchema {
  return { type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) }
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

/** An object with these fields and no other. */
export function closed(properties: Readonly<Record<string, JsonSchema>>, ...required: readonly string[]): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties,
    ...(required.length === 0 ? {} : { required }),
  }
}

const quantities: JsonSchema = { type: 'object', additionalProperties: { type: ['string', 'number'] } }

export const resourceRequirements = closed({ requests: quantities, limits: quantities })

export const toleration = closed({
  key: text,
  operator: oneOf('Exists', 'Equal'),
  value: text,
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: { type: 'integer' },
})

export const envVar = closed({ name: filledText, value: text, valueFrom: kubernetesObject }, 'name')

/** Whom a NetworkPolicy lets in or out. */
export const networkPeer = closed({
  ipBlock: closed({ cidr: filledText, except: listOf(text) }, 'cidr'),
  namespaceSelector: kubernetesObject,
  podSelector: kubernetesObject,
})
