/** A file that is made from the source; `path` is relative to the root of the repository. */
export interface GeneratedFile {
  readonly path: string
  readonly content: string
}
