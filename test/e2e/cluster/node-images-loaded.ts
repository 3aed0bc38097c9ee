/**
 * Which of the images a node has already, from what `ctr -n k8s.io images ls` prints (columns REF TYPE DIGEST …). A tag and the
 * row that is named by an image's id point to the same digest if the tag is that image.
 */
export function findMissingImages(wanted: readonly { name: string; id: string }[], listing: string): string[] {
  const digests = new Map<string, string>()
  for (const line of listing.split('\n')) {
    const [ref, , digest] = line.trim().split(/\s+/)
    if (ref !== undefined && digest !== undefined) digests.set(ref, digest)
  }
  const isThere = ({ name, id }: { name: string; id: string }) => {
    const tagged = digests.get(qualifiedName(name))
    return tagged !== undefined && (tagged === id || tagged === digests.get(id))
  }
  return wanted.filter((image) => !isThere(image)).map(({ name }) => name)
}

/** The name as containerd has it: with a registry's host, `library/` for official images, and a tag. */
export function qualifiedName(name: string): string {
  const [first = '', ...rest] = name.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const path = hasHost ? name : `docker.io/${rest.length === 0 ? 'library/' : ''}${name}`
  return /:[^/]+$/.test(path) ? path : `${path}:latest`
}
