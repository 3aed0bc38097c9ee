import type { Json } from '../drivers/json.ts'

/** How a command ended on a device. */
export type Outcome =
  | { readonly status: 'SUCCESS'; readonly result: Json }
  | { readonly status: 'FAILED'; readonly error: string }

/** `error` begins with its code. */
export function failed(error: string): Outcome {
  return { status: 'FAILED', error }
}

/** The code that an error begins with. */
export function codeOf(error: string): string {
  return error.split(':', 1)[0] ?? ''
}
