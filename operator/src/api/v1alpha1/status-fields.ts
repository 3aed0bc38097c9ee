/** What the statuses of the three kinds share. */
import { z } from 'zod'
import { count, listMap } from './fields.ts'

const condition = z.object({
  type: z.string().min(1).max(64).describe('What this condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'Why, in one word for programs.', pattern: '^[A-Za-z]([A-Za-z0-9_]*)$' }),
  message: z.string().max(1024).describe('Why, and what to do, in a sentence for people.'),
  lastTransitionTime: z.string().meta({ description: 'When status last changed.', format: 'date-time' }),
  observedGeneration: z
    .int()
    .min(0)
    .meta({ description: 'The generation of the spec that this condition speaks of.', format: 'int64' })
    .optional(),
})

/** One condition as it is stored. */
export type Condition = z.output<typeof condition>
export type ConditionStatus = Condition['status']

export const conditions = listMap(condition, 'type', 16).describe(
  'Ready sums up; Reconciling and Stalled are there only while True.',
)

/** Counts of what workers serve; they mean the same everywhere. */
export const servedCounts = {
  assigned: count('Devices that exactly one worker serves.').optional(),
  registered: count("Assigned devices in ORK's registry under their worker, which is READY.").optional(),
  healthy: count('Registered devices that are online, with a healthy worker.').optional(),
}

/** The four counts, of what racks declare. */
export const declaredCounts = { declared: count('Devices listed in racks.').optional(), ...servedCounts }

/** `status.devices`. */
export function deviceCounts<Counts extends z.ZodRawShape>(counts: Counts) {
  return z.object(counts).describe('Counts of devices.').optional()
}
