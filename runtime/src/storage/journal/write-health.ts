import { StoreError } from '../store.ts'

/** Tells of writes that fail, and of the first that works again. */
export interface WriteHealth {
  /** What to reject with. */
  onFailed(cause: unknown): StoreError
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
    onFailed(cause) {
      const message = `the journal in ${directory} cannot be written; see whether its disk is full`
      const error = new StoreError(message, { cause })
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
