import HyperDHT, {
  type ConnectOptions,
  type RawKeyPair,
  type SecretStream,
  type Server,
  type ServerOptions,
} from 'hyperdht'
import NoiseWrap from 'hyperdht/lib/noise-wrap.js'

/**
 * A DHT node that no handshake can end. The library passes errors of a handshake through `safety-catch`, which throws a RangeError or
 * TypeError outside of every promise, and a handshake that ends early makes one: anybody who can reach the node's UDP port could end
 * the process with one packet, before it is known who that is.
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
  override recv(noise: Buffer): unknown {
    try {
      return super.recv(noise)
    } catch (cause) {
      throw new Error('a handshake that keeps to no protocol', { cause })
    }
  }
}
