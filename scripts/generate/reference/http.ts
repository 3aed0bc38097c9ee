import { routeTable } from '../../../runtime/src/app-node/route-table.ts'
import { appNodePort } from '../../../runtime/src/contract/index.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

/** The HTTP API of App Node. */
export function formatHttp(): string {
  const rows = Object.values(routeTable).map(({ method, path, right, help }) => [
    code(`${method} ${path}`),
    right ?? 'none',
    help,
  ])
  return formatPage(
    'HTTP API',
    '`runtime/src/app-node/route-table.ts`',
    `Served by App Node on TCP ${appNodePort}. Tokens are those of the site's Secret for App Node, sent as \`Authorization: Bearer …\`; the command token may read too. Bodies are JSON. What fails is answered as \`{"error": {"code", "message"}}\`: see [error codes](errors.md).`,
    formatTable(['request', 'token', 'answer'], rows),
  )
}
