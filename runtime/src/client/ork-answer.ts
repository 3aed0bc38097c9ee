import { type ErrorCode, errorCodes } from '../contract/error-codes.ts'
import { type LinkError, mayHaveArrived } from '../net/link.ts'

/** Why ORK gave no answer, or that it (or a worker behind it) said no. */
export interface OrkFailure {
  readonly kind: 'failed'
  readonly code: ErrorCode
  /** A sentence for people. What a peer wrote is in it only where the code is one of ours, and then shortened. */
  readonly message: string
}

export type OrkAnswer<Value> = { readonly kind: 'ok'; readonly value: Value } | OrkFailure

export function answered<Value>(value: Value): OrkAnswer<Value> {
  return { kind: 'ok', value }
}

export function failed(code: ErrorCode, message: string = errorCodes[code].text): OrkFailure {
  return { kind: 'failed', code, message }
}

/**
 * A peer's `error`: a code of ours, with its detail (`ERR_PARAM_RANGE: power above 100`), or something else, of which
 * nothing is shown and which becomes `otherwise`.
 */
export function parseRemoteError(error: string, otherwise: ErrorCode = 'ERR_INTERNAL'): OrkFailure {
  const [, name = '', detail = ''] = /^([A-Z_]+)(?::\s*(.*))?$/s.exec(error) ?? []
  if (isErrorCode(name)) {
    const shown = detail.replace(/[^\x20-\x7e]+/g, ' ').slice(0, maxDetail)
    return failed(name, shown === '' ? errorCodes[name].text : `${errorCodes[name].text} (${shown})`)
  }
  if (/^ERR_(ENVELOPE|PAYLOAD)_/.test(name)) return failed('ERR_REQUEST_INVALID', 'ORK does not accept the request')
  return failed(otherwise, 'the peer gave a reason that this version does not know')
}

const maxDetail = 120

/** A request that got no reply. One that may have arrived and must not be sent again isn't told to be tried again. */
export function parseLinkError({ failure }: LinkError, fateUnknown: boolean): OrkFailure {
  if (fateUnknown) return failed('ERR_COMMAND_FATE_UNKNOWN')
  return failed('ERR_ORK_UNREACHABLE', mayHaveArrived(failure) ? 'ORK did not answer in time' : undefined)
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(errorCodes, name)
}
