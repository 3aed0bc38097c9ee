import type { FastifyReply } from 'fastify'
import { type ErrorCode, errorCodes } from '../contract/error-codes.ts'

/** Answers `{error: {code, message}}` with the status that belongs to the code. */
export function sendError(reply: FastifyReply, code: ErrorCode, message: string = errorCodes[code].text): FastifyReply {
  return reply.code(errorCodes[code].http).send({ error: { code, message } })
}
