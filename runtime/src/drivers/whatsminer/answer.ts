import { isObject } from '../json.ts'

/** What a Whatsminer said: `body` is the whole answer. */
export type Answer =
  | { readonly kind: 'ok'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly code: number | null; readonly message: string }

/**
 * Reads the outcome of an answer. It has STATUS `S` (or `I`, `W`: done with a remark) or `E` (`F`), at its top or, in the
 * older form, in the first element of a list; some read commands of old firmwares answer without any.
 */
export function readAnswer(body: Readonly<Record<string, unknown>>): Answer {
  const head = headOf(body)
  const status = head['STATUS']
  if (status !== 'E' && status !== 'F') return { kind: 'ok', body }
  const code = typeof head['Code'] === 'number' ? head['Code'] : null
  return { kind: 'refused', code, message: typeof head['Msg'] === 'string' ? head['Msg'] : 'no message' }
}

/** The part of an answer that has the values: a list under its own name (older form) or `Msg`. Empty if there is none. */
export function listIn(
  body: Readonly<Record<string, unknown>>,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const list = body[name] ?? body['Msg']
  return (Array.isArray(list) ? list : [list]).filter(isObject)
}

function headOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const status = body['STATUS']
  const first: unknown = Array.isArray(status) ? status[0] : body
  return isObject(first) ? first : {}
}
