import type { CountRules } from './status-decision.ts'

/** What is a count in the statuses of our kinds. */
export const countRules: CountRules = {
  fields: new Set(['devices', 'assigned', 'registered', 'healthy', 'unassignedDevices']),
  reasons: new Set(['DevicesUnassigned', 'DevicesNotRegistered', 'DevicesUnhealthy']),
}
