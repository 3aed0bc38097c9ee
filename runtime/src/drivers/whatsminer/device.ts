import { withDeadline } from '../deadline.ts'
import { DeviceError } from '../device-error.ts'
import type { Device, DriverPorts } from '../driver.ts'
import { isObject, type JsonObject } from '../json.ts'
import { oneAtATime, type TurnLimits } from '../one-at-a-time.ts'
import { listIn, readAnswer } from './answer.ts'
import { planOf } from './commands.ts'
import { exchange, type Target } from './exchange.ts'
import { type Answers, errorCodes, type Fields, text } from './fields.ts'
import type { WhatsminerModel } from './models.ts'
import { parseAnswer } from './parse-answer.ts'
import { isOff, whatsminerSnapshot } from './snapshot.ts'
import type { ApiRequest, Writer } from './writer.ts'

/** What doesn't change while a miner runs: asked once, and again after a failure. */
type Fixed = Pick<Answers, 'version' | 'ownModel'>

export interface WhatsminerParts {
  readonly target: Target
  readonly model: WhatsminerModel
  readonly writer: Writer
}

/** A Whatsminer: read through its API in clear, commanded through the encrypted one. */
export function whatsminerDevice({ target, model, writer }: WhatsminerParts, ports: DriverPorts): Device {
  const closed = new AbortController()
  const inTurn = oneAtATime(ports.clock)
  let fixed: Fixed | null = null
  const call = <Result>(task: (signal: AbortSignal) => Promise<Result>, limits: TurnLimits = {}) =>
    inTurn(() => withDeadline(ports.clock, ports.timeoutMs, closed.signal, task), limits)
  const read = async (signal: AbortSignal) => {
    try {
      const ask = asking(target, signal)
      // Summary first: a device that can't answer it isn't there, and nothing else is asked of it.
      const summary = first(await ask.must('summary'), 'SUMMARY')
      fixed ??= await readFixed(ask)
      const rest = await readRest(ask)
      await writer.check(signal)
      return whatsminerSnapshot({ summary, ...fixed, ...rest, refusal: writer.refusal() }, model)
    } catch (error) {
      fixed = null
      throw error
    }
  }
  const execute = async (command: string, params: JsonObject, signal: AbortSignal) => {
    const plan = planOf(command, params, model)
    if (plan === null) throw new DeviceError('unsupported', `a Whatsminer has no command ${command}`)
    if (plan.kind === 'problem') throw new DeviceError('refused', plan.message)
    const { requests, wakes, result } = plan.value
    const asleep = wakes && (await isAsleep(target, signal))
    await obey(writer, asleep ? [{ cmd: 'power_on' }, ...requests] : requests, signal)
    return result
  }
  return {
    read: () => call(read),
    execute: (command, params, limits) => call((signal) => execute(command, params, signal), limits),
    close() {
      if (!closed.signal.aborted) closed.abort(new DeviceError('closed', 'the device was closed'))
      return Promise.resolve()
    },
  }
}

/** Sends the requests in order. What fails after one was taken says so: the miner is between two states then. */
async function obey(writer: Writer, requests: readonly ApiRequest[], signal: AbortSignal): Promise<void> {
  const done: string[] = []
  for (const request of requests) {
    try {
      await writer.send(request, signal)
      done.push(request.cmd)
    } catch (error) {
      if (!(error instanceof DeviceError) || done.length === 0) throw error
      const failure = error.failure === 'refused' || error.failure === 'timeout' ? error.failure : 'protocol'
      throw new DeviceError(failure, `${done.join(' and ')} was done, the rest not: ${error.message}`)
    }
  }
}

/** Asked before anything is sent: whatever goes wrong, the miner has done nothing. */
async function isAsleep(target: Target, signal: AbortSignal): Promise<boolean> {
  try {
    return isOff(statusIn(await asking(target, signal).may('status')))
  } catch (error) {
    if (!(error instanceof DeviceError) || error.failure === 'closed') throw error
    throw new DeviceError('unreachable', `nothing was sent: ${error.message}`)
  }
}

async function readFixed(ask: Asking): Promise<Fixed> {
  const version = first(await ask.may('get_version'), 'VERSION')
  const details = first(await ask.may('devdetails'), 'DEVDETAILS')
  return { version, ownModel: text(details, 'Model') }
}

async function readRest(ask: Asking): Promise<Omit<Answers, 'summary' | 'refusal' | keyof Fixed>> {
  return {
    status: statusIn(await ask.may('status')),
    pools: listIn(await ask.may('pools'), 'POOLS'),
    boards: listIn(await ask.may('edevs'), 'DEVS'),
    errorCodes: errorCodes(first(await ask.may('get_error_code'), 'Msg')),
    info: first(await ask.may('get_miner_info'), 'Msg'),
  }
}

interface Asking {
  /** The answer to a read command. Rejects with a DeviceError. */
  must(command: string): Promise<Fields>
  /** The same, but empty if this firmware doesn't have the command. */
  may(command: string): Promise<Fields>
}

function asking(target: Target, signal: AbortSignal): Asking {
  const must = async (command: string): Promise<Fields> => {
    const body = parseAnswer(await exchange(target, JSON.stringify({ cmd: command }), signal))
    if (!isObject(body)) throw new DeviceError('protocol', `the answer of the miner to ${command} can't be understood`)
    const answer = readAnswer(body)
    if (answer.kind === 'ok') return answer.body
    throw new DeviceError('refused', `the miner refused ${command}: ${answer.message} (code ${answer.code ?? 'none'})`)
  }
  const may = (command: string) =>
    must(command).catch((error: unknown): Fields => {
      if (error instanceof DeviceError && error.failure === 'refused') return {}
      throw error
    })
  return { must, may }
}

/** Old firmwares have the values at the top, newer ones under `Msg`. */
function statusIn(body: Fields): Fields {
  return { ...body, ...first(body, 'Msg') }
}

function first(body: Fields, name: string): Fields {
  return listIn(body, name)[0] ?? {}
}
