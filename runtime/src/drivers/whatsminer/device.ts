import { withDeadline } from '../deadline.ts'
import { DeviceError } from '../device-error.ts'
import type { Device, DriverPorts } from '../driver.ts'
import { isObject } from '../json.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { listIn, readAnswer } from './answer.ts'
import { exchange, type Target } from './exchange.ts'
import { type Answers, errorCodes, type Fields, text } from './fields.ts'
import type { WhatsminerModel } from './models.ts'
import { parseAnswer } from './parse-answer.ts'
import { whatsminerSnapshot } from './snapshot.ts'

/** What doesn't change while a miner runs: asked once, and again after a failure. */
type Fixed = Pick<Answers, 'version' | 'ownModel'>

/** A Whatsminer, read through its API in clear. */
export function whatsminerDevice(target: Target, model: WhatsminerModel, ports: DriverPorts): Device {
  const closed = new AbortController()
  const inTurn = oneAtATime()
  let fixed: Fixed | null = null
  const read = async (signal: AbortSignal) => {
    try {
      const ask = asking(target, signal)
      // Summary first: a device that can't answer it isn't there, and nothing else is asked of it.
      const summary = first(await ask.must('summary'), 'SUMMARY')
      fixed ??= await readFixed(ask)
      return whatsminerSnapshot({ summary, ...fixed, ...(await readRest(ask)) }, model)
    } catch (error) {
      fixed = null
      throw error
    }
  }
  return {
    read: () => inTurn(() => withDeadline(ports.clock, ports.timeoutMs, closed.signal, read)),
    execute: (command) =>
      inTurn(() => {
        const failure = closed.signal.aborted ? 'closed' : 'unsupported'
        return Promise.reject(new DeviceError(failure, `the driver has no command ${command}: it only reads`))
      }),
    close() {
      if (!closed.signal.aborted) closed.abort(new DeviceError('closed', 'the device was closed'))
      return Promise.resolve()
    },
  }
}

async function readFixed(ask: Asking): Promise<Fixed> {
  const version = first(await ask.may('get_version'), 'VERSION')
  const details = first(await ask.may('devdetails'), 'DEVDETAILS')
  return { version, ownModel: text(details, 'Model') }
}

async function readRest(ask: Asking): Promise<Omit<Answers, 'summary' | keyof Fixed>> {
  const status = await ask.may('status')
  return {
    status: { ...status, ...first(status, 'Msg') },
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

function first(body: Fields, name: string): Fields {
  return listIn(body, name)[0] ?? {}
}
