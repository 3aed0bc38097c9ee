import type { SecretStream } from 'hyperdht'

const bytes = (...values: (number | string | Buffer)[]) =>
  Buffer.concat(values.map((value) => (typeof value === 'number' ? Buffer.from([value]) : Buffer.from(value))))

/** Opens the server's own channel as the sender's channel 1. */
const openingOf = (serverKey: Buffer) => bytes(0, 1, 1, 12, 'protomux-rpc', 32, serverKey)
const openUnknown = bytes(0, 1, 1, 1, 'x', 0)

/** So many batches in each other, the innermost with `last` for the channel of that number. */
function nestedBatches(depth: number, channel = 0, last = bytes(1)): Buffer {
  let inner = Buffer.concat([bytes(channel), lengthOf(last), last])
  for (let level = 1; level < depth; level += 1) {
    const batch = bytes(0, inner)
    inner = bytes(0, lengthOf(batch), batch)
  }
  return bytes(0, 0, inner)
}

/** As the multiplexer writes lengths below 65,536. */
function lengthOf({ length }: Buffer): Buffer {
  return length < 0xfd ? bytes(length) : bytes(0xfd, length & 0xff, length >> 8)
}

/** Somewhere between them the stack is full within whoever handles the request. */
function deepBatches(openChannel: Buffer): readonly Buffer[] {
  const request = bytes(0, 1, 3, 'mdk', 1, 'x')
  const depths = Array.from({ length: 300 }, (_, at) => 500 + 10 * at)
  return [openChannel, ...depths.map((depth) => nestedBatches(depth, 1, request))]
}

/** What a peer says that doesn't keep to the protocol of the streams: each entry on a stream of its own, frame by frame. */
export function malformedConversations(serverKey: Buffer): Readonly<Record<string, readonly Buffer[]>> {
  const openChannel = openingOf(serverKey)
  return {
    'a frame of one byte': [bytes(0)],
    'opening the control channel': [bytes(0, 1, 0, 1, 'x', 0)],
    'opening far ahead': [bytes(0, 1, 200, 1, 'x', 0)],
    'opening twice': [openChannel, openChannel],
    'opening without an end': [bytes(0, 1, 1, 12, 'proto')],
    'a message before anything was opened': [bytes(1, 0, 1, 3, 'mdk', 0)],
    'messages to a channel that nobody serves': [openUnknown, bytes(1, 0, 1), bytes(1, 7)],
    'a message of no known type': [openChannel, bytes(1, 9, 1, 2, 3)],
    'a request that ends early': [openChannel, bytes(1, 0)],
    'a request whose method is longer than the frame': [openChannel, bytes(1, 0, 1, 250, 'mdk')],
    'a request with an id of eight bytes': [openChannel, bytes(1, 0, 0xff, Buffer.alloc(8, 0xff), 3, 'mdk', 0)],
    'a request whose value is longer than the frame': [
      openChannel,
      bytes(1, 0, 1, 3, 'mdk', 0xfe, 0xff, 0xff, 0xff, 0xff),
    ],
    'a request without a value': [openChannel, bytes(1, 0, 1, 3, 'mdk')],
    'a request for a method of the prototype': [openChannel, bytes(1, 0, 1, 11, 'constructor', 0)],
    'a request without an answer wanted': [openChannel, bytes(1, 0, 0, 3, 'mdk', 1, 'x')],
    'a response that nobody waits for': [openChannel, bytes(1, 1, 0, 77, 1, 'x')],
    'a response with an error of no known code': [openChannel, bytes(1, 1, 0x0f, 1, 1, 'x', 1, 'y', 1, 'z', 0)],
    'a rejection of nothing': [bytes(0, 2, 99)],
    'a rejection of the control channel': [bytes(0, 2, 0)],
    'closing nothing': [bytes(0, 3, 50)],
    'closing and going on': [openChannel, bytes(0, 3, 1), bytes(1, 0, 1, 3, 'mdk', 0)],
    'a batch that ends early': [bytes(0, 0, 1, 200, 1)],
    'a batch inside a batch': [bytes(0, 0, 0, 4, 0, 0, 1, 1)],
    'batches inside of each other, three thousand deep': [nestedBatches(3_000)],
    'batches inside of each other as deep as a stack, with a request at the end': deepBatches(openChannel),
    'a batch of openings': [bytes(0, 0, 0, 6, 1, 1, 1, 'x', 0, 0)],
  }
}

/** Twenty random frames, of which half the time the server's own channel is the first receiver. */
export function randomConversation(serverKey: Buffer, random: () => number): readonly Buffer[] {
  const byte = () => Math.floor(random() * (random() < 0.5 ? 6 : 256))
  const frames = Array.from({ length: 20 }, () => bytes(...Array.from({ length: 1 + (byte() % 40) }, byte)))
  return random() < 0.5 ? frames : [openingOf(serverKey), ...frames.map((frame) => bytes(1, frame))]
}

/**
 * Writes the frames on a stream that was dialled, and waits until the server has ended it or has read all that was written (it
 * answers keep-alives after it).
 */
export async function converse(stream: SecretStream, frames: readonly Buffer[]): Promise<void> {
  stream.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => stream.on('close', () => resolve()))
  await stream.opened
  for (const frame of frames) stream.write(frame)
  await Promise.race([closed, stream.flush()])
  stream.destroy()
  await closed
}
