// Who has which ORK key. Status tells it of every site that has run; of two sites that take one supplied key in the same moment
// neither has a status yet. So what this program has decided counts from the moment of the decision:
//   K1 to look and to decide are one step, without an `await` between them
//   K2 who decided first has the key; the other is refused before anything is made of it
import type { MdkSite } from '../../api/v1alpha1/index.ts'
import type { SiteKey } from './seen-site.ts'

export interface KeyHolders {
  /** Sites that have a key, or are about to, but for this one. */
  others(sites: readonly MdkSite[], self: MdkSite): readonly SiteKey[]
  /** The site runs under one of the keys, or is about to; none: under none that is known. */
  hold(site: MdkSite, orkPublicKeys: readonly string[]): void
  /** The site is gone. `key` is `namespace/name`. */
  forget(key: string): void
}

interface Holding {
  readonly uid: string
  readonly orkPublicKeys: readonly string[]
}

export function createKeyHolders(): KeyHolders {
  /** By key of the site. */
  const held = new Map<string, Holding>()

  function keysOf({ metadata, status }: MdkSite): readonly string[] {
    const holding = held.get(keyOf(metadata))
    const decided = holding?.uid === metadata.uid ? holding.orkPublicKeys : []
    return [...new Set([status?.ork?.publicKey, ...decided])].filter((key) => key !== undefined)
  }

  return {
    others: (sites, self) =>
      sites
        .filter(({ metadata }) => metadata.uid !== self.metadata.uid && metadata.deletionTimestamp === undefined)
        .flatMap((site) => {
          const { namespace, name, creationTimestamp } = site.metadata
          return keysOf(site).map((orkPublicKey) => ({ namespace, name, creationTimestamp, orkPublicKey }))
        }),
    hold({ metadata }, orkPublicKeys) {
      held.set(keyOf(metadata), { uid: metadata.uid, orkPublicKeys })
    },
    forget: (key) => void held.delete(key),
  }
}

function keyOf({ namespace, name }: MdkSite['metadata']): string {
  return `${namespace}/${name}`
}
