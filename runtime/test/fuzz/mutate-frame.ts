// Frames that are wrong in some way, made of good ones. Everything is drawn from `random`, so a seed gives the same frames again.
import type { Random } from '../../src/machine/random.ts'
import { maxMessageBytes } from '../../src/net/answer-safely.ts'

type Json = null | boolean | number | string | Json[] | JsonObject
type JsonObject = { [name: string]: Json }

/** Where a value is in a frame: names of fields and positions in lists, from the top. */
type Path = readonly (string | number)[]

/** One frame made of a golden one. Often wrong once, sometimes several times over, seldom not at all. */
export function mutateFrame(golden: object, random: Random): Buffer {
  let json = structuredClone(golden) as Json
  for (let times = pick([0, 1, 1, 1, 2, 4], random); times > 0; times -= 1) json = pick(changes, random)(json, random)
  let bytes: Buffer = Buffer.from(writeJson(json))
  for (let times = pick([0, 0, 0, 1, 1, 3], random); times > 0; times -= 1) bytes = pick(damages, random)(bytes, random)
  return bytes
}

/** Something of every type, and of every type what is most often forgotten. */
const values: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '💥'.repeat(20),
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '../../etc/passwd',
  'x'.repeat(5_000),
  [],
  [[]],
  [null],
  {},
  { length: 3 },
  { toString: null },
  { then: 'x' },
]

/** Names that every object has without being given them. */
const inherited = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON', 'then', 'hasOwnProperty']
/** Begins a text that is written as it is, without quotes: what JSON.stringify would never write. */
const raw = '\u0001raw\u0001'
const rawTexts = [
  '1e999',
  '-1e999',
  '-0',
  `1${'0'.repeat(400)}`,
  '0.1e-400',
  'NaN',
  'undefined',
  "'text'",
  '01',
  '"\\ud800"',
]

const changes: readonly ((json: Json, random: Random) => Json)[] = [
  (json, random) => replaceAt(json, pickPath(json, random), structuredClone(pick(values, random))),
  (json, random) => replaceAt(json, pickPath(json, random), structuredClone(pick(values, random))),
  (json, random) => replaceAt(json, pickPath(json, random), undefined),
  (json, random) => replaceAt(json, pickPath(json, random), raw + pick(rawTexts, random)),
  (json, random) => replaceAt(json, pickPath(json, random), raw + nested(2 ** whole(15, random), random() < 0.5)),
  (json, random) => replaceAt(json, pickPath(json, random), `${raw}[${'0,'.repeat(whole(2_000, random))}0]`),
  (json, random) => addField(json, random, pick(inherited, random)),
  (json, random) => addField(json, random, 'x'.repeat(whole(300, random))),
  // One part of the frame in the place of another.
  (json, random) => replaceAt(json, pickPath(json, random), structuredClone(valueAt(json, pickPath(json, random)))),
]

const damages: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => bytes.subarray(0, whole(bytes.length, random)),
  (bytes, random) => bytes.subarray(whole(bytes.length, random)),
  function flipBits(bytes, random) {
    const flipped = Buffer.from(bytes)
    for (let times = 1 + whole(4, random); times > 0 && flipped.length > 0; times -= 1) {
      const at = whole(flipped.length, random)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << whole(8, random))
    }
    return flipped
  },
  (bytes, random) => splice(bytes, random, pick(invalidUtf8, random)),
  (bytes, random) =>
    splice(bytes, random, Buffer.from(pick(['{', '}', '[', ']', '"', ',', ':', '\\', '\u0000'], random))),
  (bytes, random) => splice(bytes, random, bytes.subarray(whole(bytes.length, random))),
  (_, random) => Buffer.from(Array.from({ length: whole(200, random) }, () => whole(256, random))),
]

/** A byte that begins nothing, an end that was begun by nothing, an overlong slash, half a surrogate, a byte order mark. */
const invalidUtf8 = [[0xff], [0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xf8, 0x88, 0x80]].map(
  (bytes) => Buffer.from(bytes),
)

/** Frames as large as a stream carries, or larger than anybody needs. Each is made when it is called for. */
export function largeFrames(golden: object): Readonly<Record<string, () => Buffer>> {
  const withPayload = (payload: string) => Buffer.from(writeJson({ ...golden, payload: raw + payload }))
  const mebibyte = 1024 * 1024
  return {
    'a text of 15 MiB': () => withPayload(`{"command":"${'x'.repeat(15 * mebibyte)}"}`),
    'a list of a million numbers': () => withPayload(`{"targets":[${'0,'.repeat(1_000_000)}0]}`),
    'an object of 200,000 fields': () =>
      withPayload(`{${Array.from({ length: 200_000 }, (_, at) => `"f${at}":0`).join()}}`),
    'a million lists in each other': () => withPayload(deepPayload(1_000_000, true)),
    'a million objects in each other': () => withPayload(deepPayload(1_000_000, false)),
    'objects in each other, as deep as parsers go and writers do not': () => withPayload(deepPayload(20_000, false)),
    'a number of a million digits': () => withPayload(`{"commandId":${'9'.repeat(1_000_000)}}`),
    'the largest message of zeros': () => Buffer.alloc(maxMessageBytes),
    'the largest message that is JSON': () => Buffer.from('"'.padEnd(maxMessageBytes - 1, 'x').concat('"')),
  }
}

/** Deep where something is passed on: in a query, and in the parameters of a command. */
function deepPayload(depth: number, inLists: boolean): string {
  const deep = nested(depth, inLists)
  return `{"command":"setupPools","params":{"pools":${inLists ? `{"a":${deep}}` : deep}},"query":{"type":"metrics","deep":${deep}}}`
}

function nested(depth: number, inLists: boolean): string {
  return inLists ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`
}

function writeJson(json: Json): string {
  if (typeof json === 'string' && json.startsWith(raw)) return json.slice(raw.length)
  if (Array.isArray(json)) return `[${json.map(writeJson).join()}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  return `{${Object.entries(json)
    .map(([name, value]) => `${JSON.stringify(name)}:${writeJson(value)}`)
    .join()}}`
}

/** A value anywhere in the frame; fields near the top more often than what is deep inside. */
function pickPath(json: Json, random: Random): Path {
  const path: (string | number)[] = []
  let value = json
  while (typeof value === 'object' && value !== null && path.length < 6) {
    const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
    if (names.length === 0 || (path.length > 0 && random() < 0.4)) break
    const name = pick<string | number>(names, random)
    path.push(name)
    value = valueAt(json, path)
  }
  return path
}

function valueAt(json: Json, path: Path): Json {
  let value = json
  for (const name of path) value = (value as JsonObject)[name] ?? null
  return value
}

/** `undefined` takes the field away. Changes the frame in place where it can. */
function replaceAt(json: Json, path: Path, value: Json | undefined): Json {
  const name = path.at(-1)
  if (name === undefined) return value ?? null
  const parent = valueAt(json, path.slice(0, -1)) as JsonObject
  if (value === undefined) Reflect.deleteProperty(parent, name)
  else setOwn(parent, String(name), value)
  return json
}

function addField(json: Json, random: Random, name: string): Json {
  const path = pickPath(json, random)
  const target = valueAt(json, random() < 0.5 ? path : path.slice(0, 1))
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target)
  if (isObject) setOwn(target, name, pick<Json>([{ polluted: true }, null, 'x', [{ polluted: true }]], random))
  return json
}

/** A field of that name, also where assigning would set the prototype. */
function setOwn(target: object, name: string, value: Json): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

function splice(bytes: Buffer, random: Random, inserted: Buffer): Buffer {
  const at = whole(bytes.length, random)
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)])
}

function whole(below: number, random: Random): number {
  return Math.floor(random() * below)
}

function pick<Value>(from: readonly Value[], random: Random): Value {
  return from[whole(from.length, random)] as Value
}
