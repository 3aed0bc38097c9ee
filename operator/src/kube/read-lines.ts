/** A longer line than any answer of a well-behaved server: an object has at most 1.5 MiB. */
const longestLine = 16 * 1024 * 1024

/** Text lines of a stream of UTF-8 bytes, however they are cut into chunks. What follows the last newline is dropped. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    if (!text.includes('\n')) {
      rest += text
      if (rest.length > longestLine) throw new Error(`a line has more than ${longestLine} characters`)
      continue
    }
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
}
