import HyperDHT, {
  type ConnectOptions,
  type RawKeyPair,
  type SecretStream,
  type Server,
  type ServerOptions,
} from 'hyperdht'
import NoiseWrap, { type HandshakePayload } from 'hyperdht/lib/noise-wrap.js'

/**
 * A DHT node that no handshake can end or lead away. The library passes errors of a handshake through `safety-catch`, which throws a
 * RangeError or TypeError outside of every promise, and a handshake that ends early makes one: anybody who can reach the node's UDP
 * port could end the process with one packet, before it is known who that is. And it dials whomever a handshake names as a relay, of a
 * peer that isn't let in as well, and speaks with that one over a multiplexer that isn't ours.
 */
export class SafeDht extends HyperDHT {
  override connect(publicKey: Buffer, options: ConnectOptions): SecretStream {
    return super.connect(publicKey, { createHandshake, ...options })
  }

  override createServer(options: ServerOptions, onConnection: (stream: SecretStream) => void): Server {
    return super.createServer({ createHandshake, ...options }, onConnection)
  }
}

function createHandshake(keyPair: RawKeyPair, remotePublicKey: Buffer | null): NoiseWrap {
  return new SafeHandshake(keyPair, remotePublicKey)
}

class SafeHandshake extends NoiseWrap {
  override recv(noise: Buffer): HandshakePayload {
    try {
      // Nobody here goes by relays.
      return { ...super.recv(noise), relayThrough: null }
    } catch (cause) {
      throw new Error('a handshake that keeps to no protocol', { cause })
    }
  }
}
