import { encode } from '../protocol/frames.ts'
import { answered, failed, type OrkAnswer } from './ork-answer.ts'

const unwritable =
  'the request cannot be written as JSON: it is nested too deep, contains itself, or has what JSON has not'

/** The bytes of a message with what a caller gave, which may be anything: the writer throws for what it can't write. */
export function writeMessage(message: unknown): OrkAnswer<Buffer> {
  try {
    return answered(encode(message))
  } catch {
    return failed('ERR_REQUEST_INVALID', unwritable)
  }
}
