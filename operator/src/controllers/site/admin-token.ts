import { type Parsed, parseTokens } from '../../../../runtime/src/contract/index.ts'
import type { Secret } from '../../kube/types.ts'
import { secretText } from '../../resources/secret.ts'

/** What the operator shows to a site's processes. Several tokens are a rotation, and the first is as good as any. */
export function parseAdminToken(secret: Pick<Secret, 'data'>): Parsed<string, 'TokensMalformed'> {
  const tokens = parseTokens('token', secretText(secret, 'token'))
  return tokens.kind === 'problem' ? tokens : { kind: 'ok', value: tokens.value[0] ?? '' }
}
