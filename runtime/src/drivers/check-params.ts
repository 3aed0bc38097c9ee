import type { ErrorCode } from '../contract/error-codes.ts'
import { type Parsed, problem } from '../contract/file-problem.ts'
import type { CommandDeclaration, ParamDeclaration } from './device-contract.ts'
import { isObject, type Json, type JsonObject } from './json.ts'

export type ParamProblem = Extract<ErrorCode, `ERR_PARAM_${string}`>

/**
 * The parameters of a command as an object that its declaration allows. Positional ones, as approved actions carry them (an
 * array, `{args: […]}` or `{value: x}`), are given the declared names in order.
 */
export function checkParams(command: CommandDeclaration, given: unknown): Parsed<JsonObject, ParamProblem> {
  const params = named(command.params, given)
  for (const name of Object.keys(params)) {
    if (!command.params.some((param) => param.name === name)) {
      return problem('ERR_PARAM_UNKNOWN', `${name} is no parameter of ${command.name}`)
    }
  }
  for (const param of command.params) {
    const found = checkParam(param, params[param.name])
    if (found !== null) return found
  }
  return { kind: 'ok', value: params }
}

type Problem = Extract<Parsed<never, ParamProblem>, { kind: 'problem' }>

function checkParam(param: ParamDeclaration, value: Json | undefined): Problem | null {
  if (value === undefined || value === null) {
    return param.required ? problem('ERR_PARAM_REQUIRED', `${param.name} is missing`) : null
  }
  if (typeof value !== param.type) return problem('ERR_PARAM_TYPE', `${param.name} must be ${param.type}`)
  if (typeof value === 'number') return checkRange(param, value)
  if (param.enum !== undefined && typeof value === 'string' && !param.enum.includes(value)) {
    return problem('ERR_PARAM_ENUM', `${param.name} must be one of ${param.enum.join(', ')}`)
  }
  return null
}

function checkRange({ name, min, max }: ParamDeclaration, value: number): Problem | null {
  if (!Number.isFinite(value)) return problem('ERR_PARAM_TYPE', `${name} must be number`)
  if (min !== undefined && value < min) return problem('ERR_PARAM_RANGE', `${name} below min ${min}`)
  if (max !== undefined && value > max) return problem('ERR_PARAM_RANGE', `${name} above max ${max}`)
  return null
}

function named(declared: readonly ParamDeclaration[], given: unknown): JsonObject {
  const values = positional(declared, given)
  if (values !== null) return byPosition(declared, values)
  return isObject(given)
    ? Object.fromEntries(Object.entries(given).map(([name, value]) => [name, parseJson(value)]))
    : {}
}

function positional(declared: readonly ParamDeclaration[], given: unknown): readonly unknown[] | null {
  if (isList(given)) return given
  if (!isObject(given) || Object.keys(given).length !== 1) return null
  const isDeclared = (name: string) => declared.some((param) => param.name === name)
  const args = given['args']
  if (isList(args) && !isDeclared('args')) return args
  return 'value' in given && !isDeclared('value') ? [given['value']] : null
}

function byPosition(declared: readonly ParamDeclaration[], values: readonly unknown[]): JsonObject {
  const names = declared.map((param) => param.name)
  return Object.fromEntries(values.map((value, index) => [names[index] ?? `#${index + 1}`, parseJson(value)]))
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** `params` come out of an envelope, that is out of JSON. */
function parseJson(value: unknown): Json {
  return value as Json
}
