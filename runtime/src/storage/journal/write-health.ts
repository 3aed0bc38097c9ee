import { StoreError } from '../store.ts'

/** Tells of writes that fail, and of the first that works again. */
export interface WriteHealth {
  /** What to reject with. */
  onFailed(what: string, cause: unknown): StoreError
  onWorked(): void
}

export interface WriteHealthOptions {
  readonly directory: string
  readonly onWriteFailed: (error: StoreError) => void
  readonly onWriteRecovered: () => void
}

export function writeHealth({ directory, onWriteFailed, onWriteRecovered }: WriteHealthOptions): WriteHealth {
  let isFailing = false
  return {
    onFailed(what, cause) {
      const error = new StoreError(`the journal in ${directory} ${what}`, { cause })
      isFailing = true
      onWriteFailed(error)
      return error
    },
    onWorked() {
      if (isFailing) onWriteRecovered()
      isFailing = false
    },
  }
}
