import type { ObjectMeta, Secret } from '../kube/types.ts'

/** A Secret with the given texts. */
export function secret(metadata: ObjectMeta, texts: Readonly<Record<string, string>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]),
    ),
  }
}

/** One value of a Secret as text; undefined if the Secret hasn't the key. */
export function secretText(from: Pick<Secret, 'data'>, key: string): string | undefined {
  const value = from.data?.[key]
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8')
}
