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
    `Served by App Node on TCP ${appNodePort}. Tokens are those of the site's Secret for App Node, sent as \`Authorization: Bearer …\`; the command token may read too. Bodies are JSON. A request may name itself by \`x-request-id\`, 1 to 128 visible ASCII characters; the answer has that name, or one that App Node made, and so have [the logs of everybody who took part](../guides/troubleshoot.md#one-command-in-all-logs). What fails is answered as \`{"error": {"code", "message"}}\`: see [error codes](errors.md).`,
    formatTable(['request', 'token', 'answer'], rows),
  )
}
