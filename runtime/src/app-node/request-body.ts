import { z } from 'zod'
import { type Parsed, problem } from '../contract/file-problem.ts'
import { maxNesting } from '../protocol/nesting.ts'
import { visibleName } from '../protocol/visible-name.ts'

const command = z.strictObject({
  command: z.string({ error: 'give the name of a command' }).min(1).max(64),
  params: z.record(z.string().max(64), z.unknown(), { error: 'give an object of parameters by name' }).default({}),
})

/** The body of a command. */
export type CommandBody = z.output<typeof command>

/** Reads `{command, params?}`. */
export function parseCommandBody(body: unknown): Parsed<CommandBody> {
  // Before all else: whatever copies or writes it recurses.
  if (isDeeperThan(maxNesting, body)) {
    return problem('RequestInvalid', `the body is not accepted: it is nested deeper than ${maxNesting} levels`)
  }
  return parseWith(command, body ?? {}, 'the body')
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}

/** Ids of devices and commands; those of upstream's kernels may hold any printable character. */
const id = z.string().regex(visibleName, { error: 'give 1 to 128 printable characters' })

/** Reads the `id` of a path. */
export function parseId(params: unknown): Parsed<string> {
  const parsed = parseWith(z.object({ id }), params, 'the path')
  return parsed.kind === 'ok' ? { kind: 'ok', value: parsed.value.id } : parsed
}

const idempotencyKey = z
  .string({ error: 'give it once' })
  .regex(visibleName, { error: 'give it once, with 1 to 128 visible ASCII characters' })
  .optional()

/** Reads the header `Idempotency-Key`; undefined if it isn't given. */
export function parseIdempotencyKey(header: unknown): Parsed<string | undefined> {
  return parseWith(idempotencyKey, header, 'the header Idempotency-Key')
}

const telemetryQuery = z.object({
  queryType: z
    .string({ error: 'give it once' })
    .regex(/^[\w.-]{1,64}$/, { error: 'give 1 to 64 letters, digits or ._-' })
    .optional(),
})

/** Reads `?queryType=`; undefined if it isn't given. */
export function parseQueryType(query: unknown): Parsed<string | undefined> {
  const parsed = parseWith(telemetryQuery, query, 'the query')
  return parsed.kind === 'ok' ? { kind: 'ok', value: parsed.value.queryType } : parsed
}

function parseWith<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): Parsed<z.output<Schema>> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { kind: 'ok', value: parsed.data }
  const found = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  return problem('RequestInvalid', `${what} is not accepted: ${found.join('; ')}`)
}
