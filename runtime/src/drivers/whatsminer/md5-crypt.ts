import { hash } from 'node:crypto'

const rounds = 1_000
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Which bytes of the sum make each group of four characters; the last byte makes two. */
const groups: readonly (readonly number[])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
]
const lastByte = 11

/**
 * The hash of a password by md5-crypt, crypt(3)'s `$1$`: the 22 characters behind the salt, as `openssl passwd -1` prints them.
 * Of the salt the first eight characters count. Old and weak: it is here because Whatsminers speak it.
 */
export function md5Crypt(password: string, salt: string): string {
  const word = Buffer.from(password)
  const spice = Buffer.from(salt.slice(0, 8))
  let sum = firstSum(word, spice)
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1
    sum = md5(odd ? word : sum, round % 3 === 0 ? nothing : spice, round % 7 === 0 ? nothing : word, odd ? sum : word)
  }
  return format(sum)
}

const nothing = Buffer.alloc(0)
const zero = Buffer.alloc(1)

function firstSum(word: Buffer, spice: Buffer): Buffer {
  const inner = md5(word, spice, word)
  const stretched = Buffer.alloc(word.length, inner)
  const marks: Buffer[] = []
  for (let bits = word.length; bits > 0; bits >>= 1) marks.push(bits % 2 === 1 ? zero : word.subarray(0, 1))
  return md5(word, Buffer.from('$1$'), spice, stretched, ...marks)
}

function md5(...parts: readonly Buffer[]): Buffer {
  return hash('md5', Buffer.concat(parts), 'buffer')
}

function format(sum: Buffer): string {
  const texts = groups.map((group) =>
    characters(
      group.reduce((value, index) => value * 256 + byte(sum, index), 0),
      4,
    ),
  )
  return [...texts, characters(byte(sum, lastByte), 2)].join('')
}

/** The lowest six bits come first. */
function characters(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => alphabet.charAt((value >> (6 * index)) & 63)).join('')
}

function byte(sum: Buffer, index: number): number {
  return sum.readUInt8(index)
}
