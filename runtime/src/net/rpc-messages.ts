/** The messages of protocol `protomux-rpc`, whose values are bytes with their length (the source: protomux-rpc 1.10). */
import c from 'compact-encoding'
import type { Encoding } from 'protomux'

/** `id` 0 wants no answer. */
export interface RpcRequest {
  readonly id: number
  readonly method: string
  readonly value: Buffer
}

export type RpcResponse = RpcValue | RpcRefusal

interface RpcValue {
  readonly id: number
  readonly value: Buffer
}

interface RpcRefusal {
  readonly id: number
  /** Upstream's: `UNKNOWN_METHOD`, `REQUEST_ERROR`, `DECODE_ERROR`, `ENCODE_ERROR`; null if the peer names none. */
  readonly code: string | null
  readonly message: string
}

/**
 * What each side says of itself when it opens the channel, in the place that the multiplexer has for it. Upstream's library says
 * nothing there, and doesn't read it.
 */
export interface RpcTraits {
  /** Of requests that come as one message it answers each when that is ready. The library holds all back until the slowest is. */
  readonly answersEach: boolean
}

const trait = { answersEach: 1 } as const

/** Reads whatever is there: the library passes on what is thrown here. */
export const traitsEncoding: Encoding<RpcTraits, RpcTraits> = {
  preencode: (state) => c.uint8.preencode(state, 0),
  encode: (state, { answersEach }) => c.uint8.encode(state, answersEach ? trait.answersEach : 0),
  decode({ buffer, start, end }) {
    const traits = start < end ? (buffer?.[start] ?? 0) : 0
    return { answersEach: (traits & trait.answersEach) !== 0 }
  },
}

/** What a response's first byte says. */
const flag = { error: 1, code: 2 } as const

/** What comes in is left as bytes: `parseRequest` reads it where no error is lost in the library. */
export const requestEncoding: Encoding<RpcRequest, Uint8Array> = {
  preencode(state, { id, method, value }) {
    c.uint.preencode(state, id)
    c.string.preencode(state, method)
    c.buffer.preencode(state, value)
  },
  encode(state, { id, method, value }) {
    c.uint.encode(state, id)
    c.string.encode(state, method)
    c.buffer.encode(state, value)
  },
  decode: (state) => c.raw.decode(state),
}

/** The same of responses, for `parseResponse`. */
export const responseEncoding: Encoding<RpcResponse, Uint8Array> = {
  preencode(state, response) {
    c.uint8.preencode(state, 0)
    c.uint.preencode(state, response.id)
    if ('value' in response) c.buffer.preencode(state, response.value)
    else {
      c.string.preencode(state, response.message)
      if (response.code !== null) c.string.preencode(state, response.code)
    }
  },
  encode(state, response) {
    c.uint8.encode(state, flagsOf(response))
    c.uint.encode(state, response.id)
    if ('value' in response) c.buffer.encode(state, response.value)
    else {
      c.string.encode(state, response.message)
      if (response.code !== null) c.string.encode(state, response.code)
    }
  },
  decode: (state) => c.raw.decode(state),
}

function flagsOf(response: RpcResponse): number {
  if ('value' in response) return 0
  return response.code === null ? flag.error : flag.error | flag.code
}

/** Null for what isn't a request. */
export function parseRequest(frame: Uint8Array): RpcRequest | null {
  return parse(frame, (state) => ({
    id: c.uint.decode(state),
    method: c.string.decode(state),
    value: valueOf(c.buffer.decode(state)),
  }))
}

/** Null for what isn't a response. What caused an error on the other side is left out. */
export function parseResponse(frame: Uint8Array): RpcResponse | null {
  return parse(frame, (state) => {
    const flags = c.uint8.decode(state)
    const id = c.uint.decode(state)
    if ((flags & flag.error) === 0) return { id, value: valueOf(c.buffer.decode(state)) }
    const message = c.string.decode(state)
    return { id, message, code: (flags & flag.code) === 0 ? null : c.string.decode(state) }
  })
}

type ReadState = Parameters<typeof c.uint.decode>[0]

function parse<Message>(frame: Uint8Array, read: (state: ReadState) => Message): Message | null {
  try {
    return read({ start: 0, end: frame.length, buffer: frame })
  } catch {
    return null
  }
}

/** None and empty are the same on the wire. */
function valueOf(bytes: Uint8Array | null): Buffer {
  return bytes === null ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
