import { annotations } from '../../api/group.ts'

export function takenMessage(kind: string, name: string, site: string): string {
  return (
    `${kind} ${name} exists and doesn't belong to site ${site}; rename or delete it` +
    (kind === 'Secret' || kind === 'PersistentVolumeClaim'
      ? `, or label it mdk.io/site=${site} to have it adopted`
      : '')
  )
}

interface Lost {
  readonly what: string
  readonly secret: string
  readonly site: string
  /** The public key or topic hash in status, never a secret. */
  readonly known: string
  /** Value of the annotation that gives an identity up. */
  readonly givenUp: string | null
}

export function lostMessage({ what, secret, site, known, givenUp }: Lost): string {
  const other = givenUp === null ? '' : '; the annotation that is there names another identity'
  return (
    `${what} (${known}) was in Secret ${secret}, which is gone. Put the Secret back with the label mdk.io/site=${site}; ` +
    `or give the identity up, and a new one is made: annotate the site with ${annotations.giveUp}=${known}${other}`
  )
}

/** `copied`: the operator's own copy is still there. */
export function lostSourceMessage(what: string, source: string, copied: boolean): string {
  const remedy = copied
    ? "or drop the reference from the spec, and the operator's copy becomes its own"
    : `or drop the reference from the spec and give the identity up with the annotation ${annotations.giveUp}`
  return `Secret ${source}, the source of ${what}, was there and is gone. Put it back, ${remedy}`
}

/** `detail` says what is wrong and what must be there, never the content. */
export function malformedMessage(what: string, secret: string, detail: string): string {
  return `Secret ${secret} can't be used as ${what}: ${detail}`
}

/** The copy can't follow its source. */
export function immutableMessage(what: string, own: string, source: string): string {
  return (
    `Secret ${own} is immutable, so ${what} can't be copied into it from Secret ${source}; ` +
    `delete Secret ${own}, and it is made again from there`
  )
}
