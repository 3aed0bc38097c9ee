import { expect, vi } from 'vitest'
import type { Condition } from '../../src/api/v1alpha1/index.ts'
import type { Space } from './lab.ts'
import type { StandInPods } from './stand-in-pods.ts'

type OwnKind = 'MdkSite' | 'MdkWorker' | 'MdkRack'

const withinMs = 30_000

/** A condition as it is now. */
export async function conditionOf(
  space: Space,
  kind: OwnKind,
  name: string,
  type: string,
): Promise<Condition | undefined> {
  const object = await space.get(kind, name)
  return object?.status?.conditions?.find((condition) => condition.type === type)
}

export function readyOf(space: Space, kind: OwnKind, name: string): Promise<Condition | undefined> {
  return conditionOf(space, kind, name, 'Ready')
}

/** Lets the pods catch up until the site is Ready. */
export async function untilReady(space: Space, pods: StandInPods, name: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await pods.catchUp()
      expect(await readyOf(space, 'MdkSite', name)).toMatchObject({ status: 'True' })
    },
    { timeout: withinMs, interval: 100 },
  )
}

/** Resolves when the condition has the reason. */
export async function untilReason(space: Space, of: [OwnKind, string, string], reason: string): Promise<Condition> {
  const [kind, name, type] = of
  return vi.waitFor(
    async () => {
      const condition = await conditionOf(space, kind, name, type)
      expect(condition).toMatchObject({ reason })
      return condition!
    },
    { timeout: withinMs, interval: 100 },
  )
}
