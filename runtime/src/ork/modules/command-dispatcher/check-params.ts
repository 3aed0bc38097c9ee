import type { ErrorCode } from '../../../contract/error-codes.ts'
import { isPlainObject } from '../../../protocol/envelope.ts'
import type { Params } from '../../../protocol/payloads.ts'
import type { ContractParam } from '../../../protocol/worker-contract.ts'

type ParamCode = Extract<ErrorCode, `ERR_PARAM_${string}`>
/** A code with what is wrong behind it, in upstream's writing: `ERR_PARAM_RANGE: pct above max 100`. */
export type ParamError = `${ParamCode}: ${string}`

export type CheckedParams =
  | { readonly kind: 'ok'; readonly params: Params }
  | { readonly kind: 'rejected'; readonly error: ParamError }

/**
 * Parameters by name, checked against what the contract declares. Positional ones (`{args: […]}`, `{value: x}`) get the declared
 * names in order, unless a parameter is really called so. A null counts as absent.
 */
export function checkParams(declared: readonly ContractParam[], given: Params): CheckedParams {
  const params = named(declared, given)
  const known = new Set(declared.map(({ name }) => name))
  const unknown = Object.keys(params).find((name) => !known.has(name))
  if (unknown !== undefined) return rejected('ERR_PARAM_UNKNOWN', unknown)
  for (const param of declared) {
    const error = checkParam(param, params[param.name])
    if (error !== null) return { kind: 'rejected', error }
  }
  return { kind: 'ok', params }
}

function checkParam(param: ContractParam, value: unknown): ParamError | null {
  const { name, type } = param
  if (value === undefined || value === null) return param.required === true ? `ERR_PARAM_REQUIRED: ${name}` : null
  if (typeof value !== type) return `ERR_PARAM_TYPE: ${name} must be ${type}`
  if (typeof value === 'number') {
    const error = checkRange(param, value)
    if (error !== null) return error
  }
  if (param.enum !== undefined && !param.enum.includes(value)) {
    return `ERR_PARAM_ENUM: ${name} must be one of ${param.enum.map(String).join(', ')}`
  }
  return null
}

/** NaN and the infinities can't come out of JSON, but a caller in the same process can pass them. */
function checkRange({ name, min, max }: ContractParam, value: number): ParamError | null {
  if (!Number.isFinite(value)) return `ERR_PARAM_TYPE: ${name} must be number`
  if (min !== undefined && value < min) return `ERR_PARAM_RANGE: ${name} below min ${min}`
  if (max !== undefined && value > max) return `ERR_PARAM_RANGE: ${name} above max ${max}`
  return null
}

function named(declared: readonly ContractParam[], given: Params): Params {
  const [key, ...others] = Object.keys(given)
  const isDeclared = declared.some(({ name }) => name === key)
  if (key === undefined || others.length > 0 || isDeclared) return given
  if (key === 'args' && Array.isArray(given[key])) return byPosition(declared, given[key])
  if (key === 'value' && !isPlainObject(given[key])) return byPosition(declared, [given[key]])
  return given
}

function byPosition(declared: readonly ContractParam[], values: readonly unknown[]): Params {
  return Object.fromEntries(values.map((value, index) => [declared[index]?.name ?? `#${index + 1}`, value]))
}

function rejected(code: ParamCode, what: string): CheckedParams {
  return { kind: 'rejected', error: `${code}: ${what}` }
}
