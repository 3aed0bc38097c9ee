import { deepStrictEqual } from 'node:assert'
import type { Space } from '../operator/lab.ts'
import { type CanonicalState, canonicalState } from './canonical.ts'
import type { Field } from './field.ts'
import { type Chapter, siteName } from './hello-life.ts'
import { findBrokenPromises } from './promises.ts'

/** How lives of a site end when nothing befalls the operator, to compare with. */
export interface Ends {
  /** Resolves when the namespace is as it would be then. */
  reached(space: Space, ...life: readonly Chapter[]): Promise<void>
}

/** Lives each of the lives once. */
export async function liveUndisturbed(field: Field, lives: readonly (readonly Chapter[])[]): Promise<Ends> {
  const ends = new Map<string, CanonicalState>()
  const nameOf = (life: readonly Chapter[]) => life.map(({ name }) => name).join()
  const live = async (life: readonly Chapter[]) => {
    const space = await field.ground(siteName)
    const operator = await field.startOperator({ namespaces: [space.name] })
    for (const [at, chapter] of life.entries()) {
      await chapter.act(space)
      await field.witness.until(space.name, chapter.name, (objects) => {
        if (!chapter.isOver(objects)) throw new Error('it is not over')
      })
      ends.set(nameOf(life.slice(0, at + 1)), canonicalState(field.witness.objects(space.name)))
    }
    deepStrictEqual(await operator.stop(), 0)
    await field.end(operator)
  }
  await Promise.all(lives.map(live))
  return {
    async reached(space, ...life) {
      const end = ends.get(nameOf(life))
      const text = JSON.stringify(end)
      const differs = await field.witness
        .until(space.name, nameOf(life), (objects) => {
          if (JSON.stringify(canonicalState(objects)) !== text) throw new Error('it differs')
        })
        .then(
          () => false,
          () => true,
        )
      if (differs) await explain(field, canonicalState(field.witness.objects(space.name)), end)
      deepStrictEqual(findBrokenPromises(field.witness.history(space.name)), [])
    },
  }
}

/** Throws what differs, with the last words of the operators. */
async function explain(field: Field, actual: CanonicalState, expected: CanonicalState | undefined): Promise<void> {
  try {
    deepStrictEqual(actual, expected)
  } catch (cause) {
    throw new Error(`${String(cause)}\n\n${await field.logs()}`, { cause })
  }
}
