/** What a process serves at `/metrics`, as text. */
export async function readMetrics(statusPort: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${statusPort}/metrics`)
  return response.text()
}

/** Memory that a process holds, in bytes, by its own metrics. */
export async function residentBytes(statusPort: number): Promise<number> {
  const [, found] = /^process_resident_memory_bytes (\S+)$/m.exec(await readMetrics(statusPort)) ?? []
  if (found === undefined) throw new Error('the process does not say how much memory it holds')
  return Number(found)
}
