import { connect } from 'node:net'
import { DeviceError } from '../device-error.ts'
import { findDocument } from './parse-answer.ts'

export interface Target {
  /** Host name or IP address; a name is resolved for each connection. */
  readonly host: string
  readonly port: number
}

/** Many times what any answer has; a device that sends more isn't a Whatsminer. */
const answerLimit = 131_072

/**
 * One question and its answer: a Whatsminer takes one request on a connection and closes it. Also ends when a complete
 * document has come, as some firmwares leave the connection open. The signal's reason must be a DeviceError. `onSend` is told
 * when the request leaves: before that, the miner can't have done anything.
 */
export function exchange(
  target: Target,
  request: string,
  signal: AbortSignal,
  onSend: () => void = () => {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ host: target.host, port: target.port })
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      finish()
    }
    const fail = (error: DeviceError) => settle(() => reject(error))
    const onAbort = () => settle(() => reject(signal.reason as DeviceError))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    socket.setEncoding('utf8')
    socket.once('connect', () => {
      onSend()
      socket.write(request)
    })
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > answerLimit) fail(new DeviceError('protocol', `the answer of ${name(target)} never ends`))
      // Looking through all of it at each piece of a few bytes would keep the processor busy.
      else if (chunk.includes('}') && findDocument(text) !== null) settle(() => resolve(text))
    })
    socket.once('end', () => settle(() => resolve(text)))
    socket.once('error', (error) => fail(brokenBy(error, target)))
  })
}

/** A connection that breaks after it stood says nothing of what the device did. */
function brokenBy(error: NodeJS.ErrnoException, target: Target): DeviceError {
  const stood = error.code === 'ECONNRESET' || error.code === 'EPIPE'
  // A name with several addresses fails with one error for all, which has a code but no message.
  const reason = error.message === '' ? (error.code ?? 'no connection') : error.message
  return new DeviceError(stood ? 'protocol' : 'unreachable', `${name(target)}: ${reason}`)
}

function name({ host, port }: Target): string {
  return `${host}:${port}`
}
