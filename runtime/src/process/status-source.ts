/** A moment in a process's life: `epoch` names the process, `seq` grows by one with each change of its status. */
interface StatusCursor {
  readonly epoch: string
  readonly seq: number
}

interface StatusSnapshot extends StatusCursor {
  /** The document of `GET /v1/status`: an `OrkStatus` or a `ProcessStatus` of `contract/status.ts`. */
  readonly status: object
}

/** What a process says of itself, whole and as it changes. */
export interface StatusSource {
  snapshot(): StatusSnapshot
  cursor(): StatusCursor
  /** Calls with each change after now: one line of JSON without a line end, and its type. Returns what ends it. */
  subscribe(onLine: (line: string, type: string) => void): () => void
}
