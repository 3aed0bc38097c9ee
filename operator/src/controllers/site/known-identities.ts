import type { MdkSite } from '../../api/v1alpha1/index.ts'

/** What status shows of a site's identities: that it is shown says that it has existed. */
export interface KnownIdentities {
  readonly topicHash: string | null
  readonly orkPublicKey: string | null
  readonly appNodePublicKey: string | null
}

export function knownIdentities({ status }: MdkSite): KnownIdentities {
  return {
    topicHash: status?.discovery?.topicHash ?? null,
    orkPublicKey: status?.ork?.publicKey ?? null,
    appNodePublicKey: status?.appNode?.publicKey ?? null,
  }
}
