import { isIP } from 'node:net'

/** Labels of letters, digits and inner dashes, joined by dots. */
const hostName = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/
/** What is made of digits and dots alone is meant as an IPv4 address, and what has a colon as an IPv6 address. */
const addressLike = /^[0-9.]+$|:/

/** The same check as `isHost` in CEL. */
export const isHostRule = `self.matches('${addressLike.source}') ? isIP(self) : self.matches('${hostName.source}')`

/** Whether a text is a host name or an IP address. `10.0.0.01`, `10.0.0.1:4028` and `10.0.0` are none. */
export function isHost(text: string): boolean {
  return addressLike.test(text) ? isPlainIp(text) : hostName.test(text)
}

/** Without a zone (`fe80::1%eth0`) and without an IPv4 address inside (`::ffff:10.0.0.1`), as the API server has it. */
function isPlainIp(text: string): boolean {
  return isIP(text) === 4 || (isIP(text) === 6 && !/[%.]/.test(text))
}

/** One writing for each host: lower case, and an IPv6 address in its shortest form. */
export function canonicalHost(text: string): string {
  const url = `http://[${text}]`
  return text.includes(':') && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : text.toLowerCase()
}
