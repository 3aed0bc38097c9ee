import { type Link, LinkError } from '../../src/net/link.ts'

/** A link on which nobody answers, open until it is closed. */
export function idleLink(publicKey: string): Link {
  const { promise: ended, resolve } = Promise.withResolvers<LinkError>()
  let open = true
  return {
    publicKey,
    ended,
    isOurs: true,
    get open() {
      return open
    },
    request: () => Promise.reject(new LinkError('timeout', 'nobody answers here')),
    close() {
      open = false
      resolve(new LinkError('closed', 'ended'))
    },
  }
}
