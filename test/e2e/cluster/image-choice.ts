/** Which node image a new cluster is made from. */
export type NodeImageChoice = 'stock' | 'built'

export interface ImageSurroundings {
  stockIsPresent: boolean
  /** A node image built here from the present inputs, or any older ones, is in Docker. */
  builtIsPresent: boolean
  /** The daemon may give a container everything: the stock image needs that. */
  hasAllPrivileges: boolean
  /** Whether the stock image could be pulled. Asked last, since only trying tells. */
  pullStock: () => Promise<boolean>
}

/** The stock image wherever it can be had and run; what is in Docker already goes before what would have to be fetched. */
export async function chooseNodeImage(seen: ImageSurroundings): Promise<NodeImageChoice> {
  if (!seen.hasAllPrivileges) return 'built'
  if (seen.stockIsPresent) return 'stock'
  if (seen.builtIsPresent) return 'built'
  return (await seen.pullStock()) ? 'stock' : 'built'
}
