import type { Clock } from '../machine/clock.ts'
import type { Page } from '../protocol/payloads.ts'
import { answered, type OrkAnswer } from './ork-answer.ts'

/** What is on a page, and how many there are in all: undefined from an ORK that knows no pages and gives everything. */
export interface PageOf<Item> {
  readonly items: readonly Item[]
  readonly total: number | undefined
}

export interface WalkParts<Item> {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly ask: (page: Page, timeoutMs: number) => Promise<OrkAnswer<PageOf<Item>>>
  /** How many to a page; half as many when their reply would be too large. */
  readonly limit: number
  /** The whole of it takes no longer. */
  readonly timeoutMs: number
}

/** How often it begins. */
const maxWalks = 3

/**
 * All items, page by page. When there are more or fewer than before, those of the next pages have moved: it begins anew, but the third
 * time takes them as they are.
 */
export async function walkPages<Item>({
  clock,
  ask,
  limit: most,
  timeoutMs,
}: WalkParts<Item>): Promise<OrkAnswer<readonly Item[]>> {
  const endsAt = clock.monotonic() + timeoutMs
  let [limit, walks, total, items] = [most, 1, undefined as number | undefined, [] as Item[]]
  for (;;) {
    const answer = await ask({ offset: items.length, limit }, Math.max(1, endsAt - clock.monotonic()))
    if (answer.kind === 'failed') {
      if (answer.code !== 'ERR_REPLY_TOO_LARGE' || limit === 1) return answer
      limit = Math.ceil(limit / 2)
      continue
    }
    const page = answer.value
    const haveMoved = items.length > 0 && page.total !== total
    total = page.total
    if (haveMoved && walks < maxWalks) {
      walks += 1
      items = []
      continue
    }
    items.push(...page.items)
    if (isLast(page, items.length)) return answered(items)
  }
}

function isLast<Item>({ items, total }: PageOf<Item>, had: number): boolean {
  return total === undefined || had >= total || items.length === 0
}
