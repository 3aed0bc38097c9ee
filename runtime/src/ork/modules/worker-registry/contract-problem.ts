import { z } from 'zod'
import { isPlainObject } from '../../../protocol/envelope.ts'

const param = z.looseObject({
  name: z.string(),
  type: z.string(),
  required: z.boolean().optional(),
  enum: z.array(z.unknown()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
})
const command = z.looseObject({ params: z.array(param).nullish() })
const commands = z.union([z.array(command.extend({ name: z.string() })), z.record(z.string(), command)])
const capabilities = z.looseObject({ commands: commands.nullish() })

/**
 * Why a worker can't be registered with this contract, as a sentence without its subject; null if it can be. Upstream's kernel
 * wants no more than two objects; what commands are checked against must also be what it seems.
 */
export function contractProblem(contract: Readonly<Record<string, unknown>>): string | null {
  if (!isPlainObject(contract['metadata']) || !isPlainObject(contract['capabilities'])) {
    return 'its contract lacks metadata or capabilities; update or fix the worker'
  }
  if (capabilities.safeParse(contract['capabilities']).success) return null
  return 'the commands in its contract are no list, or map, of commands with their parameters; update or fix the worker'
}
