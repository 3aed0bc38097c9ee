import { ApiError, isApiError } from './errors.ts'
import { isFields } from './parse-object.ts'
import type { Transport } from './transport.ts'

const pageSize = 500

export interface ListRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly accept?: string
  readonly signal: AbortSignal
}

export interface Listed<T> {
  readonly objects: readonly T[]
  /** Where a watch goes on. */
  readonly resourceVersion: string
}

/**
 * Everything, as the server has it now, page by page. When a page has become too old (410) the whole is asked for at once.
 * `parse` runs between pages, so that a long list doesn't hold the event loop.
 */
export async function listAll<T>(
  transport: Transport,
  request: ListRequest,
  parse: (item: unknown) => T,
): Promise<Listed<T>> {
  try {
    return await listPages(transport, request, parse, String(pageSize))
  } catch (error) {
    if (!isApiError(error, 'gone')) throw error
    return await listPages(transport, request, parse, '')
  }
}

async function listPages<T>(
  transport: Transport,
  { query, ...request }: ListRequest,
  parse: (item: unknown) => T,
  limit: string,
): Promise<Listed<T>> {
  const objects: T[] = []
  for (let next = ''; ; ) {
    const paging = { ...(limit && { limit }), ...(next && { continue: next }) }
    const answer = await transport.request({ ...request, method: 'GET', list: true, query: { ...query, ...paging } })
    const page = parsePage(request.path, answer)
    for (const item of page.items) objects.push(parse(item))
    if (page.next === '') return { objects, resourceVersion: page.resourceVersion }
    next = page.next
  }
}

function parsePage(path: string, answer: unknown): { items: unknown[]; resourceVersion: string; next: string } {
  const metadata = isFields(answer) ? answer['metadata'] : undefined
  if (!isFields(answer) || !isFields(metadata) || typeof metadata['resourceVersion'] !== 'string') {
    throw new ApiError({ kind: 'failed', status: 0, message: `GET ${path}: the answer is not a list` })
  }
  const { items } = answer
  const next = metadata['continue']
  return {
    // An empty list may come as null.
    items: Array.isArray(items) ? items : [],
    resourceVersion: metadata['resourceVersion'],
    next: typeof next === 'string' ? next : '',
  }
}
