import type { Page } from '../protocol/payloads.ts'

type ParsedPage =
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'all' }
  | { readonly kind: 'problem' }

/** Reads `offset` and `limit` of a request: a page, or all when neither is given. */
export function parsePage({ offset, limit }: Readonly<Record<string, unknown>>): ParsedPage {
  if (offset === undefined && limit === undefined) return { kind: 'all' }
  const page = { offset: offset ?? 0, limit: limit ?? Number.MAX_SAFE_INTEGER }
  return isCount(page.offset, 0) && isCount(page.limit, 1)
    ? { kind: 'page', page: { offset: page.offset, limit: page.limit } }
    : { kind: 'problem' }
}

/** Everything on one page. */
export const wholePage: Page = { offset: 0, limit: Number.MAX_SAFE_INTEGER }

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
