import { type Ends, liveUndisturbed } from './ends.ts'
import { type Field, startField } from './field.ts'
import { creation, deletion, rackChange } from './hello-life.ts'

/** A field, and how lives end on it when nothing befalls the operator. */
export interface Fire {
  readonly field: Field
  readonly ends: Ends
}

export async function startFire(): Promise<Fire> {
  const field = await startField()
  const lives = [
    [creation, rackChange, deletion],
    [creation, deletion],
  ]
  return { field, ends: await liveUndisturbed(field, lives) }
}
