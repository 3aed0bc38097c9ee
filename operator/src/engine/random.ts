/** A number in [0, 1). Taken as an argument, so that a test can set it. */
export type Random = () => number

export const systemRandom: Random = () => Math.random()
