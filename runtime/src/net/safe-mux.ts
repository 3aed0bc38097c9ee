import Protomux, { type State } from 'protomux'

/**
 * The library's multiplexer, without its two ways for a peer to end the process: it throws TypeErrors, RangeErrors and the like
 * outside of every promise, and it follows batches inside of batches, which nobody sends, until the stack is full. Either way only
 * the stream ends. It overrides what the library has for itself; the tests of malformed frames fail when that has changed.
 */
export class SafeMux extends Protomux {
  #isInBatch = false

  override _safeDestroy(error: Error): void {
    this.destroy(error)
  }

  override _warn(error: Error): void {
    this.stream.emit('warning', error)
  }

  override _onbatch(state: State): void {
    if (this.#isInBatch) throw new Error('a batch inside of a batch')
    this.#isInBatch = true
    try {
      super._onbatch(state)
    } finally {
      this.#isInBatch = false
    }
  }
}
