/** Looks again and again until `look` gives something other than undefined; says at the end what was last seen. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  options: { timeoutMs: number; everyMs?: number; describe?: () => Promise<string> },
): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  let lastError: unknown
  for (;;) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      lastError = error
    }
    if (performance.now() > deadline) {
      const seen = options.describe === undefined ? '' : `\n${await options.describe().catch(String)}`
      throw new Error(`not within ${options.timeoutMs / 1000} s: ${what}${seen}`, { cause: lastError })
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 250))
  }
}
