/** Numbers in [0, 1). Taken as an argument, so that a test can set them; for jitter, never for secrets. */
export type Random = () => number

export const systemRandom: Random = () => Math.random()
