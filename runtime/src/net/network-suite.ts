import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../test/net/eventually.ts'
import { testPair } from '../../test/net/test-pair.ts'
import type { KeyPair } from '../contract/key-pair.ts'
import type { Answering, Listener, RequestOptions } from './link.ts'
import type { NetworkNode } from './network-node.ts'

/** A network to run the suite in. */
export interface TestNetwork {
  join(identity: KeyPair): Promise<NetworkNode>
  close(): Promise<void>
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const topic = 'ab'.repeat(32)
const quick = { timeoutMs: 5_000 }
const bytes = (text: string) => Buffer.from(text)

/** Admits everybody and answers with the caller's key and what was sent. */
const echo: Answering = {
  admits: () => true,
  answer: (message, caller) => Promise.resolve(Buffer.concat([bytes(`${caller}:`), message])),
}

/** What every network does. */
export function networkSuite(name: string, open: () => Promise<TestNetwork>): void {
  describe(name, () => {
    let network: TestNetwork
    let server: NetworkNode
    let client: NetworkNode
    beforeEach(async () => {
      network = await open()
      server = await network.join(testPair(1))
      client = await network.join(testPair(2))
    })
    afterEach(async () => {
      await Promise.all([server.close(), client.close()])
      await network.close()
    })

    /** Serves and waits until it can be found by key. */
    async function listen(answering: Answering = echo): Promise<Listener> {
      const listener = await server.listen(answering)
      await eventually('the key is announced', () => server.announced)
      return listener
    }

    const dial = (options: RequestOptions = quick) =>
      client.dial({ publicKey: server.publicKey, address: server.address }, options)

    test('a request by address is answered, and the answering side knows who asked', async () => {
      await server.listen(echo)
      const link = await dial()
      const reply = await link.request(bytes('hello'), quick)
      expect(reply.toString()).toBe(`${client.publicKey}:hello`)
      expect(link.publicKey).toBe(server.publicKey)
    })

    test('a request by key alone is answered', async () => {
      await listen()
      const link = await client.dial({ publicKey: server.publicKey }, quick)
      expect((await link.request(bytes('hello'), quick)).toString()).toBe(`${client.publicKey}:hello`)
    })

    test('requests run side by side on one link, each with its own answer', async () => {
      const waiting = new Map<string, () => void>()
      await server.listen({
        admits: () => true,
        async answer(message) {
          await new Promise<void>((resolve) => waiting.set(message.toString(), resolve))
          return message
        },
      })
      const link = await dial()
      const first = link.request(bytes('first'), quick)
      const second = link.request(bytes('second'), quick)
      await eventually('both requests have arrived', () => waiting.size === 2)
      waiting.get('second')!()
      expect((await second).toString()).toBe('second')
      waiting.get('first')!()
      expect((await first).toString()).toBe('first')
    })

    test('what was answered is not kept for as long as the link is there', async () => {
      await server.listen(echo)
      const link = await dial()
      const ask = async (text: string) => new WeakRef(await link.request(bytes(text), quick))
      const replies = await Promise.all(Array.from({ length: 100 }, (_, count) => ask(`${count}`)))
      await eventually('the replies are collected', () => {
        collectGarbage()
        return replies.every((reply) => reply.deref() === undefined)
      })
      expect(link.open).toBe(true)
    })

    test('of requests that are sent at the same moment each is answered when its own answer is ready', async () => {
      const { promise: slow, resolve } = Promise.withResolvers<null>()
      await server.listen({
        admits: () => true,
        async answer(message) {
          if (message.toString() === 'slow') await slow
          return message
        },
      })
      const link = await dial()
      const ask = (text: string) => link.request(bytes(text), quick)
      // The first is alone, and the others go with what is slow.
      const [alone, held, ...others] = ['alone', 'slow', 'one', 'two'].map(ask)
      expect((await Promise.all([alone, ...others])).map(String)).toEqual(['alone', 'one', 'two'])
      resolve(null)
      expect(String(await held)).toBe('slow')
    })

    test('replies that are ready at the same moment all arrive, small ones and large ones', async () => {
      const { promise: allAsked, resolve } = Promise.withResolvers<null>()
      let asked = 0
      await server.listen({
        admits: () => true,
        async answer(message) {
          asked += 1
          if (asked === 64) resolve(null)
          await allAsked
          return Buffer.alloc(message.readUInt32LE(), message)
        },
      })
      const link = await dial()
      const sizes = Array.from({ length: 64 }, (_, number) => (number % 8 === 0 ? 100_000 : 10) + number)
      const request = (size: number) => link.request(Buffer.from(Uint32Array.of(size).buffer), quick)
      const replies = await Promise.all(sizes.map(request))
      expect(replies.map((reply) => [reply.length, reply.readUInt32LE()])).toEqual(sizes.map((size) => [size, size]))
    })

    test('an empty message and one of a megabyte pass', async () => {
      await server.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
      const link = await dial()
      expect((await link.request(bytes(''), quick)).length).toBe(0)
      const large = Buffer.alloc(1024 * 1024, 'x')
      expect((await link.request(large, quick)).equals(large)).toBe(true)
    })

    test('more than sixteen megabytes are refused on the way in and on the way out, and the link lives on', async () => {
      const tooLarge = 17 * 1024 * 1024
      await server.listen({
        admits: () => true,
        answer: (message) => Promise.resolve(message.length === 0 ? Buffer.alloc(tooLarge) : message),
      })
      const link = await dial()
      await expect(link.request(Buffer.alloc(tooLarge), quick)).rejects.toMatchObject({ failure: 'refused' })
      expect(JSON.parse((await link.request(bytes(''), quick)).toString())).toEqual({ error: 'ERR_INTERNAL' })
      expect((await link.request(bytes('on'), quick)).toString()).toBe('on')
    })

    test('who asks again as soon as there is an answer keeps nobody else from their turn', async () => {
      await server.listen({ admits: () => true, answer: (message) => Promise.resolve(message) })
      const link = await dial()
      const turn = new AbortController()
      const timer = setTimeout(() => turn.abort(), 5)
      const most = 1_000_000
      let asked = 0
      for (; !turn.signal.aborted && asked < most; asked += 1) await link.request(bytes('x'), quick)
      clearTimeout(timer)
      expect(asked).toBeLessThan(most)
    })

    test('an answer that fails, with whatever error, is answered as ERR_INTERNAL, and the link lives on', async () => {
      const failures = [new Error('plain'), new TypeError('type'), new RangeError('range'), new SyntaxError('syntax')]
      await server.listen({
        admits: () => true,
        answer(message) {
          const failure = failures[Number(message.toString())]
          return failure === undefined ? Promise.resolve(message) : Promise.reject(failure)
        },
      })
      const link = await dial()
      for (const at of failures.keys()) {
        const reply = await link.request(bytes(String(at)), quick)
        expect(JSON.parse(reply.toString())).toEqual({ error: 'ERR_INTERNAL' })
      }
      expect((await link.request(bytes('99'), quick)).toString()).toBe('99')
      expect(link.open).toBe(true)
    })

    test('a request that is not answered in time ends in a timeout, and the link lives on', async () => {
      await server.listen({
        admits: () => true,
        answer: (message) => (message.length === 0 ? new Promise(() => undefined) : Promise.resolve(message)),
      })
      const link = await dial()
      await expect(link.request(bytes(''), { timeoutMs: 50 })).rejects.toMatchObject({ failure: 'timeout' })
      expect((await link.request(bytes('on'), quick)).toString()).toBe('on')
    })

    test('a request ends with its signal', async () => {
      await server.listen({ admits: () => true, answer: () => new Promise(() => undefined) })
      const link = await dial()
      const abort = new AbortController()
      const request = link.request(bytes('x'), { ...quick, signal: abort.signal })
      abort.abort()
      await expect(request).rejects.toMatchObject({ failure: 'closed' })
    })

    test('a stranger is not let in', async () => {
      await server.listen({ ...echo, admits: (publicKey) => publicKey !== client.publicKey })
      await expect(dial({ timeoutMs: 500 })).rejects.toMatchObject({ failure: 'unreachable' })
    })

    test('who is admitted later gets in without a restart, and who no longer is gets out on recheck', async () => {
      let admitted = false
      const listener = await server.listen({ ...echo, admits: () => admitted })
      await expect(dial({ timeoutMs: 500 })).rejects.toMatchObject({ failure: 'unreachable' })
      admitted = true
      const link = await dial()
      expect(listener.callers()).toEqual([client.publicKey])
      listener.recheck()
      expect((await link.request(bytes('x'), quick)).toString()).toContain(':x')
      admitted = false
      listener.recheck()
      await link.ended
      await eventually('nobody is connected', () => listener.callers().length === 0)
      expect(link.open).toBe(false)
    })

    test('a peer that does not listen is unreachable', async () => {
      await expect(dial({ timeoutMs: 300 })).rejects.toMatchObject({ failure: 'unreachable' })
    })

    test('dialling ends with its signal', async () => {
      const abort = new AbortController()
      abort.abort()
      await expect(dial({ ...quick, signal: abort.signal })).rejects.toMatchObject({ failure: 'closed' })
      const later = new AbortController()
      const dialled = dial({ ...quick, signal: later.signal })
      later.abort()
      await expect(dialled).rejects.toMatchObject({ failure: expect.stringMatching(/closed|unreachable/) as string })
    })

    test('a closed link refuses requests and tells the other side', async () => {
      const listener = await server.listen(echo)
      const link = await dial()
      link.close()
      expect((await link.ended).failure).toBe('closed')
      await expect(link.request(bytes('x'), quick)).rejects.toMatchObject({ failure: 'closed' })
      await eventually('the server knows', () => listener.callers().length === 0)
    })

    test('when a node closes, its peers know at once, and their requests end', async () => {
      await server.listen({ admits: () => true, answer: () => new Promise(() => undefined) })
      const link = await dial()
      const request = link.request(bytes('x'), quick)
      request.catch(() => undefined)
      await server.close()
      expect((await link.ended).failure).toBe('closed')
      await expect(request).rejects.toMatchObject({ failure: 'closed' })
      await expect(client.dial({ publicKey: server.publicKey }, { timeoutMs: 300 })).rejects.toMatchObject({
        failure: 'unreachable',
      })
    })

    test('a process that comes back under its key is reached again', async () => {
      await server.listen(echo)
      const link = await dial()
      await server.close()
      await link.ended
      server = await network.join(testPair(1))
      await server.listen(echo)
      expect((await (await dial()).request(bytes('x'), quick)).toString()).toContain(':x')
    })

    test('a closed node refuses to be used', async () => {
      await client.close()
      await expect(dial()).rejects.toMatchObject({ failure: 'closed' })
      await expect(client.lookup(topic, quick)).rejects.toMatchObject({ failure: 'closed' })
    })

    test('a node listens once', async () => {
      await server.listen(echo)
      await expect(server.listen(echo)).rejects.toThrow('a node listens once')
    })

    test('who announces a topic is found under it, once, and hands off the key at which it listens', async () => {
      await server.listen(echo)
      const announcement = server.announce(topic, server.publicKey)
      await eventually('the topic is announced', () => announcement.announced)
      const found = await client.lookup(topic, quick)
      expect(found).toHaveLength(1)
      expect(await client.takeHandOff(found[0]!, quick)).toBe(server.publicKey)
    })

    test('nobody is found under a topic that nobody announces', async () => {
      expect(await client.lookup('cd'.repeat(32), quick)).toEqual([])
    })

    test('after a change of topic the process is found under the new one, by the same topic key', async () => {
      await server.listen(echo)
      const first = server.announce(topic, server.publicKey)
      await eventually('the first topic is announced', () => first.announced)
      const [before] = await client.lookup(topic, quick)
      await first.close()
      const second = server.announce('cd'.repeat(32), server.publicKey)
      await eventually('the second topic is announced', () => second.announced)
      expect(first.announced).toBe(false)
      expect(await client.lookup('cd'.repeat(32), quick)).toEqual([before])
      expect(await client.takeHandOff(before!, quick)).toBe(server.publicKey)
    })

    test('a node announces one topic at a time', () => {
      server.announce(topic, server.publicKey)
      expect(() => server.announce(topic, server.publicKey)).toThrow('one topic at a time')
    })

    test('an announcement that was closed hands nothing off', async () => {
      const announcement = server.announce(topic, server.publicKey)
      await eventually('the topic is announced', () => announcement.announced)
      const [topicKey] = await client.lookup(topic, quick)
      await announcement.close()
      await expect(client.takeHandOff(topicKey!, { timeoutMs: 500 })).rejects.toMatchObject({ failure: 'unreachable' })
    })
  })
}
