/** Why the content of a file or Secret can't be used. `message` is a sentence for people and never holds the content. */
export interface FileProblem<Reason extends string = string> {
  readonly kind: 'problem'
  readonly reason: Reason
  readonly message: string
}

/** The value of a file, or why there is none. */
export type Parsed<Value, Reason extends string = string> =
  | { readonly kind: 'ok'; readonly value: Value }
  | FileProblem<Reason>

export function problem<Reason extends string>(reason: Reason, message: string): FileProblem<Reason> {
  return { kind: 'problem', reason, message }
}

/** Drops the newline that editors and `kubectl create secret --from-file` leave at the end of a value. */
export function withoutFinalNewline(text: string): string {
  return text.replace(/\r?\n$/, '')
}
